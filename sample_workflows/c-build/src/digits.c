#include "numbers.h"

unsigned long digit_sum(unsigned long n) {
    unsigned long sum = 0;
    for (; n; n /= 10)
        sum += n % 10;
    return sum;
}
