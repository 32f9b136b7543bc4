#include "numbers.h"

unsigned long collatz_steps(unsigned long n) {
    unsigned long steps = 0;
    while (n > 1) {
        n = n % 2 ? 3 * n + 1 : n / 2;
        steps++;
    }
    return steps;
}
