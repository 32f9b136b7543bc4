/* What the parts of `numbers` know of each other. */
#ifndef NUMBERS_H
#define NUMBERS_H

unsigned long collatz_steps(unsigned long n);
unsigned long digit_sum(unsigned long n);
unsigned long divisors(unsigned long n);
unsigned long greatest_common_divisor(unsigned long a, unsigned long b);
int is_prime(unsigned long n);
void write_roman(unsigned long n, char *text, unsigned long size);

#endif
