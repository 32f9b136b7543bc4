#include "numbers.h"

int is_prime(unsigned long n) {
    for (unsigned long d = 2; d * d <= n; d++)
        if (n % d == 0)
            return 0;
    return n > 1;
}
