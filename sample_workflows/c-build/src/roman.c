#include "numbers.h"

#include <stdio.h>

void write_roman(unsigned long n, char *text, unsigned long size) {
    static const struct { unsigned value; const char *sign; } signs[] = {
        {1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"},
        {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"},
    };
    text[0] = 0;
    for (unsigned i = 0; i < sizeof signs / sizeof *signs; i++)
        for (; n >= signs[i].value && size > 2; n -= signs[i].value) {
            int written = snprintf(text, size, "%s", signs[i].sign);
            text += written;
            size -= (unsigned long)written;
        }
}
