#include <stdio.h>
#include "parts.h"

int main(void) {
    double sum = 0;
    sum += part_0(500);
    sum += part_1(500);
    sum += part_2(500);
    sum += part_3(500);
    sum += part_4(500);
    sum += part_5(500);
    printf("%.0f\n", sum);
    return sum > 0 ? 0 : 1;
}
