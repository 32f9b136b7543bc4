/* Prints what there is to say about the numbers that are given. */
#include "numbers.h"

#include <stdio.h>
#include <stdlib.h>

int main(int count, char **words) {
    for (int i = 1; i < count; i++) {
        char roman[32];
        unsigned long n = strtoul(words[i], NULL, 10);
        write_roman(n, roman, sizeof roman);
        printf("%lu %s: digit sum %lu, %lu divisors, %s, %lu Collatz steps, gcd with 360 is %lu\n", n, roman,
               digit_sum(n), divisors(n), is_prime(n) ? "prime" : "not prime", collatz_steps(n),
               greatest_common_divisor(n, 360));
    }
    return 0;
}
