double part_0(int size);
double part_1(int size);
double part_2(int size);
double part_3(int size);
double part_4(int size);
double part_5(int size);
