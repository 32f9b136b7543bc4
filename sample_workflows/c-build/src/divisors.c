#include "numbers.h"

unsigned long divisors(unsigned long n) {
    unsigned long count = 0;
    for (unsigned long d = 1; d <= n; d++)
        count += n % d == 0;
    return count;
}
