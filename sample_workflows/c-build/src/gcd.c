#include "numbers.h"

unsigned long greatest_common_divisor(unsigned long a, unsigned long b) {
    while (b) {
        unsigned long rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}
