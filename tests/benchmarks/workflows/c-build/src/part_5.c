#include "parts.h"

static double at(int row, int column) { return (row * 31 + column * 17 + 5) % 101; }

double part_5(int size) {
    double sum = 0;
    for (int i = 0; i < size; i++)
        for (int j = 0; j < size; j++)
            for (int k = 0; k < 8; k++) sum += at(i, k) * at(k, j);
    return sum;
}

double extra_5_0(double x) { for (int i = 0; i < 3; i++) x = x * 0.5 + i * x / (0 + x * x); return x; }
double extra_5_1(double x) { for (int i = 0; i < 4; i++) x = x * 1.5 + i * x / (1 + x * x); return x; }
double extra_5_2(double x) { for (int i = 0; i < 5; i++) x = x * 2.5 + i * x / (2 + x * x); return x; }
double extra_5_3(double x) { for (int i = 0; i < 6; i++) x = x * 3.5 + i * x / (3 + x * x); return x; }
double extra_5_4(double x) { for (int i = 0; i < 7; i++) x = x * 4.5 + i * x / (4 + x * x); return x; }
double extra_5_5(double x) { for (int i = 0; i < 8; i++) x = x * 5.5 + i * x / (5 + x * x); return x; }
double extra_5_6(double x) { for (int i = 0; i < 9; i++) x = x * 6.5 + i * x / (6 + x * x); return x; }
double extra_5_7(double x) { for (int i = 0; i < 10; i++) x = x * 7.5 + i * x / (7 + x * x); return x; }
double extra_5_8(double x) { for (int i = 0; i < 11; i++) x = x * 8.5 + i * x / (8 + x * x); return x; }
double extra_5_9(double x) { for (int i = 0; i < 12; i++) x = x * 9.5 + i * x / (9 + x * x); return x; }
double extra_5_10(double x) { for (int i = 0; i < 13; i++) x = x * 10.5 + i * x / (10 + x * x); return x; }
double extra_5_11(double x) { for (int i = 0; i < 14; i++) x = x * 11.5 + i * x / (11 + x * x); return x; }
double extra_5_12(double x) { for (int i = 0; i < 15; i++) x = x * 12.5 + i * x / (12 + x * x); return x; }
double extra_5_13(double x) { for (int i = 0; i < 16; i++) x = x * 13.5 + i * x / (13 + x * x); return x; }
double extra_5_14(double x) { for (int i = 0; i < 17; i++) x = x * 14.5 + i * x / (14 + x * x); return x; }
double extra_5_15(double x) { for (int i = 0; i < 18; i++) x = x * 15.5 + i * x / (15 + x * x); return x; }
double extra_5_16(double x) { for (int i = 0; i < 19; i++) x = x * 16.5 + i * x / (16 + x * x); return x; }
double extra_5_17(double x) { for (int i = 0; i < 20; i++) x = x * 17.5 + i * x / (17 + x * x); return x; }
double extra_5_18(double x) { for (int i = 0; i < 21; i++) x = x * 18.5 + i * x / (18 + x * x); return x; }
double extra_5_19(double x) { for (int i = 0; i < 22; i++) x = x * 19.5 + i * x / (19 + x * x); return x; }
double extra_5_20(double x) { for (int i = 0; i < 23; i++) x = x * 20.5 + i * x / (20 + x * x); return x; }
double extra_5_21(double x) { for (int i = 0; i < 24; i++) x = x * 21.5 + i * x / (21 + x * x); return x; }
double extra_5_22(double x) { for (int i = 0; i < 25; i++) x = x * 22.5 + i * x / (22 + x * x); return x; }
double extra_5_23(double x) { for (int i = 0; i < 26; i++) x = x * 23.5 + i * x / (23 + x * x); return x; }
double extra_5_24(double x) { for (int i = 0; i < 27; i++) x = x * 24.5 + i * x / (24 + x * x); return x; }
double extra_5_25(double x) { for (int i = 0; i < 28; i++) x = x * 25.5 + i * x / (25 + x * x); return x; }
double extra_5_26(double x) { for (int i = 0; i < 29; i++) x = x * 26.5 + i * x / (26 + x * x); return x; }
double extra_5_27(double x) { for (int i = 0; i < 30; i++) x = x * 27.5 + i * x / (27 + x * x); return x; }
double extra_5_28(double x) { for (int i = 0; i < 31; i++) x = x * 28.5 + i * x / (28 + x * x); return x; }
double extra_5_29(double x) { for (int i = 0; i < 32; i++) x = x * 29.5 + i * x / (29 + x * x); return x; }
double extra_5_30(double x) { for (int i = 0; i < 33; i++) x = x * 30.5 + i * x / (30 + x * x); return x; }
double extra_5_31(double x) { for (int i = 0; i < 34; i++) x = x * 31.5 + i * x / (31 + x * x); return x; }
double extra_5_32(double x) { for (int i = 0; i < 35; i++) x = x * 32.5 + i * x / (32 + x * x); return x; }
double extra_5_33(double x) { for (int i = 0; i < 36; i++) x = x * 33.5 + i * x / (33 + x * x); return x; }
double extra_5_34(double x) { for (int i = 0; i < 37; i++) x = x * 34.5 + i * x / (34 + x * x); return x; }
double extra_5_35(double x) { for (int i = 0; i < 38; i++) x = x * 35.5 + i * x / (35 + x * x); return x; }
double extra_5_36(double x) { for (int i = 0; i < 39; i++) x = x * 36.5 + i * x / (36 + x * x); return x; }
double extra_5_37(double x) { for (int i = 0; i < 40; i++) x = x * 37.5 + i * x / (37 + x * x); return x; }
double extra_5_38(double x) { for (int i = 0; i < 41; i++) x = x * 38.5 + i * x / (38 + x * x); return x; }
double extra_5_39(double x) { for (int i = 0; i < 42; i++) x = x * 39.5 + i * x / (39 + x * x); return x; }
double extra_5_40(double x) { for (int i = 0; i < 43; i++) x = x * 40.5 + i * x / (40 + x * x); return x; }
double extra_5_41(double x) { for (int i = 0; i < 44; i++) x = x * 41.5 + i * x / (41 + x * x); return x; }
double extra_5_42(double x) { for (int i = 0; i < 45; i++) x = x * 42.5 + i * x / (42 + x * x); return x; }
double extra_5_43(double x) { for (int i = 0; i < 46; i++) x = x * 43.5 + i * x / (43 + x * x); return x; }
double extra_5_44(double x) { for (int i = 0; i < 47; i++) x = x * 44.5 + i * x / (44 + x * x); return x; }
double extra_5_45(double x) { for (int i = 0; i < 48; i++) x = x * 45.5 + i * x / (45 + x * x); return x; }
double extra_5_46(double x) { for (int i = 0; i < 49; i++) x = x * 46.5 + i * x / (46 + x * x); return x; }
double extra_5_47(double x) { for (int i = 0; i < 50; i++) x = x * 47.5 + i * x / (47 + x * x); return x; }
double extra_5_48(double x) { for (int i = 0; i < 51; i++) x = x * 48.5 + i * x / (48 + x * x); return x; }
double extra_5_49(double x) { for (int i = 0; i < 52; i++) x = x * 49.5 + i * x / (49 + x * x); return x; }
double extra_5_50(double x) { for (int i = 0; i < 53; i++) x = x * 50.5 + i * x / (50 + x * x); return x; }
double extra_5_51(double x) { for (int i = 0; i < 54; i++) x = x * 51.5 + i * x / (51 + x * x); return x; }
double extra_5_52(double x) { for (int i = 0; i < 55; i++) x = x * 52.5 + i * x / (52 + x * x); return x; }
double extra_5_53(double x) { for (int i = 0; i < 56; i++) x = x * 53.5 + i * x / (53 + x * x); return x; }
double extra_5_54(double x) { for (int i = 0; i < 57; i++) x = x * 54.5 + i * x / (54 + x * x); return x; }
double extra_5_55(double x) { for (int i = 0; i < 58; i++) x = x * 55.5 + i * x / (55 + x * x); return x; }
double extra_5_56(double x) { for (int i = 0; i < 59; i++) x = x * 56.5 + i * x / (56 + x * x); return x; }
double extra_5_57(double x) { for (int i = 0; i < 60; i++) x = x * 57.5 + i * x / (57 + x * x); return x; }
double extra_5_58(double x) { for (int i = 0; i < 61; i++) x = x * 58.5 + i * x / (58 + x * x); return x; }
double extra_5_59(double x) { for (int i = 0; i < 62; i++) x = x * 59.5 + i * x / (59 + x * x); return x; }
