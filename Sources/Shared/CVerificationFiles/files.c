#include "CVerificationFiles.h"

// C embeds files at no cost. SwiftPM's `embedInCode` makes literals of arrays, over which Swift's compiler spends a minute.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const char *const files[] = {
    "ibsi/phantom.yaml", (const char[]){
#embed "../../../Examples/ibsi/phantom.yaml" suffix(, 0)
    },
    "ibsi/config-a.yaml", (const char[]){
#embed "../../../Examples/ibsi/config-a.yaml" suffix(, 0)
    },
    "ibsi/config-b.yaml", (const char[]){
#embed "../../../Examples/ibsi/config-b.yaml" suffix(, 0)
    },
    "ibsi/config-c.yaml", (const char[]){
#embed "../../../Examples/ibsi/config-c.yaml" suffix(, 0)
    },
    "ibsi/config-d.yaml", (const char[]){
#embed "../../../Examples/ibsi/config-d.yaml" suffix(, 0)
    },
    "ibsi/config-e.yaml", (const char[]){
#embed "../../../Examples/ibsi/config-e.yaml" suffix(, 0)
    },
    "ibsi2/checkerboard/1_a_1.yaml", (const char[]){
#embed "../../../Examples/ibsi2/checkerboard/1_a_1.yaml" suffix(, 0)
    },
    "ibsi2/checkerboard/1_a_2.yaml", (const char[]){
#embed "../../../Examples/ibsi2/checkerboard/1_a_2.yaml" suffix(, 0)
    },
    "ibsi2/checkerboard/1_a_3.yaml", (const char[]){
#embed "../../../Examples/ibsi2/checkerboard/1_a_3.yaml" suffix(, 0)
    },
    "ibsi2/checkerboard/1_a_4.yaml", (const char[]){
#embed "../../../Examples/ibsi2/checkerboard/1_a_4.yaml" suffix(, 0)
    },
    "ibsi2/impulse/1_b_1.yaml", (const char[]){
#embed "../../../Examples/ibsi2/impulse/1_b_1.yaml" suffix(, 0)
    },
    "ibsi2/impulse/2_a.yaml", (const char[]){
#embed "../../../Examples/ibsi2/impulse/2_a.yaml" suffix(, 0)
    },
    "ibsi2/checkerboard/2_b.yaml", (const char[]){
#embed "../../../Examples/ibsi2/checkerboard/2_b.yaml" suffix(, 0)
    },
    "ibsi2/checkerboard/2_c.yaml", (const char[]){
#embed "../../../Examples/ibsi2/checkerboard/2_c.yaml" suffix(, 0)
    },
    "ibsi2/impulse/3_a_1.yaml", (const char[]){
#embed "../../../Examples/ibsi2/impulse/3_a_1.yaml" suffix(, 0)
    },
    "ibsi2/impulse/3_a_2.yaml", (const char[]){
#embed "../../../Examples/ibsi2/impulse/3_a_2.yaml" suffix(, 0)
    },
    "ibsi2/impulse/3_a_3.yaml", (const char[]){
#embed "../../../Examples/ibsi2/impulse/3_a_3.yaml" suffix(, 0)
    },
    "ibsi2/checkerboard/3_b_1.yaml", (const char[]){
#embed "../../../Examples/ibsi2/checkerboard/3_b_1.yaml" suffix(, 0)
    },
    "ibsi2/checkerboard/3_b_2.yaml", (const char[]){
#embed "../../../Examples/ibsi2/checkerboard/3_b_2.yaml" suffix(, 0)
    },
    "ibsi2/checkerboard/3_b_3.yaml", (const char[]){
#embed "../../../Examples/ibsi2/checkerboard/3_b_3.yaml" suffix(, 0)
    },
    "ibsi2/checkerboard/3_c_1.yaml", (const char[]){
#embed "../../../Examples/ibsi2/checkerboard/3_c_1.yaml" suffix(, 0)
    },
    "ibsi2/checkerboard/3_c_2.yaml", (const char[]){
#embed "../../../Examples/ibsi2/checkerboard/3_c_2.yaml" suffix(, 0)
    },
    "ibsi2/checkerboard/3_c_3.yaml", (const char[]){
#embed "../../../Examples/ibsi2/checkerboard/3_c_3.yaml" suffix(, 0)
    },
    "ibsi2/impulse/4_a_1.yaml", (const char[]){
#embed "../../../Examples/ibsi2/impulse/4_a_1.yaml" suffix(, 0)
    },
    "ibsi2/impulse/4_a_2.yaml", (const char[]){
#embed "../../../Examples/ibsi2/impulse/4_a_2.yaml" suffix(, 0)
    },
    "ibsi2/sphere/4_b_1.yaml", (const char[]){
#embed "../../../Examples/ibsi2/sphere/4_b_1.yaml" suffix(, 0)
    },
    "ibsi2/sphere/4_b_2.yaml", (const char[]){
#embed "../../../Examples/ibsi2/sphere/4_b_2.yaml" suffix(, 0)
    },
    "ibsi2/impulse/5_a_1.yaml", (const char[]){
#embed "../../../Examples/ibsi2/impulse/5_a_1.yaml" suffix(, 0)
    },
    "ibsi2/impulse/5_a_2.yaml", (const char[]){
#embed "../../../Examples/ibsi2/impulse/5_a_2.yaml" suffix(, 0)
    },
    "ibsi2/sphere/6_a_1.yaml", (const char[]){
#embed "../../../Examples/ibsi2/sphere/6_a_1.yaml" suffix(, 0)
    },
    "ibsi2/sphere/6_a_2.yaml", (const char[]){
#embed "../../../Examples/ibsi2/sphere/6_a_2.yaml" suffix(, 0)
    },
    "ibsi2/checkerboard/7_a_1.yaml", (const char[]){
#embed "../../../Examples/ibsi2/checkerboard/7_a_1.yaml" suffix(, 0)
    },
    "ibsi2/checkerboard/7_a_2.yaml", (const char[]){
#embed "../../../Examples/ibsi2/checkerboard/7_a_2.yaml" suffix(, 0)
    },
    "ibsi2/checkerboard/8_a_1.yaml", (const char[]){
#embed "../../../Examples/ibsi2/checkerboard/8_a_1.yaml" suffix(, 0)
    },
    "ibsi2/checkerboard/8_a_2.yaml", (const char[]){
#embed "../../../Examples/ibsi2/checkerboard/8_a_2.yaml" suffix(, 0)
    },
    "ibsi2/checkerboard/8_a_3.yaml", (const char[]){
#embed "../../../Examples/ibsi2/checkerboard/8_a_3.yaml" suffix(, 0)
    },
    "ibsi2/impulse/9_a.yaml", (const char[]){
#embed "../../../Examples/ibsi2/impulse/9_a.yaml" suffix(, 0)
    },
    "ibsi2/sphere/9_b_1.yaml", (const char[]){
#embed "../../../Examples/ibsi2/sphere/9_b_1.yaml" suffix(, 0)
    },
    "ibsi2/pattern_1/10_b_1.yaml", (const char[]){
#embed "../../../Examples/ibsi2/pattern_1/10_b_1.yaml" suffix(, 0)
    },
    "ibsi2/ct/1.A.yaml", (const char[]){
#embed "../../../Examples/ibsi2/ct/1.A.yaml" suffix(, 0)
    },
    "ibsi2/ct/1.B.yaml", (const char[]){
#embed "../../../Examples/ibsi2/ct/1.B.yaml" suffix(, 0)
    },
    "ibsi2/ct/2.A.yaml", (const char[]){
#embed "../../../Examples/ibsi2/ct/2.A.yaml" suffix(, 0)
    },
    "ibsi2/ct/2.B.yaml", (const char[]){
#embed "../../../Examples/ibsi2/ct/2.B.yaml" suffix(, 0)
    },
    "ibsi2/ct/3.A.yaml", (const char[]){
#embed "../../../Examples/ibsi2/ct/3.A.yaml" suffix(, 0)
    },
    "ibsi2/ct/3.B.yaml", (const char[]){
#embed "../../../Examples/ibsi2/ct/3.B.yaml" suffix(, 0)
    },
    "ibsi2/ct/4.A.yaml", (const char[]){
#embed "../../../Examples/ibsi2/ct/4.A.yaml" suffix(, 0)
    },
    "ibsi2/ct/4.B.yaml", (const char[]){
#embed "../../../Examples/ibsi2/ct/4.B.yaml" suffix(, 0)
    },
    "ibsi2/ct/5.A.yaml", (const char[]){
#embed "../../../Examples/ibsi2/ct/5.A.yaml" suffix(, 0)
    },
    "ibsi2/ct/5.B.yaml", (const char[]){
#embed "../../../Examples/ibsi2/ct/5.B.yaml" suffix(, 0)
    },
    "ibsi2/ct/6.A.yaml", (const char[]){
#embed "../../../Examples/ibsi2/ct/6.A.yaml" suffix(, 0)
    },
    "ibsi2/ct/6.B.yaml", (const char[]){
#embed "../../../Examples/ibsi2/ct/6.B.yaml" suffix(, 0)
    },
    "ibsi2/ct/7.A.yaml", (const char[]){
#embed "../../../Examples/ibsi2/ct/7.A.yaml" suffix(, 0)
    },
    "ibsi2/ct/7.B.yaml", (const char[]){
#embed "../../../Examples/ibsi2/ct/7.B.yaml" suffix(, 0)
    },
    "ibsi2/ct/8.A.yaml", (const char[]){
#embed "../../../Examples/ibsi2/ct/8.A.yaml" suffix(, 0)
    },
    "ibsi2/ct/8.B.yaml", (const char[]){
#embed "../../../Examples/ibsi2/ct/8.B.yaml" suffix(, 0)
    },
    "ibsi2/ct/9.A.yaml", (const char[]){
#embed "../../../Examples/ibsi2/ct/9.A.yaml" suffix(, 0)
    },
    "ibsi2/ct/9.B.yaml", (const char[]){
#embed "../../../Examples/ibsi2/ct/9.B.yaml" suffix(, 0)
    },
    "known-bits/volume.yaml", (const char[]){
#embed "../Verification/Data/known-bits/volume.yaml" suffix(, 0)
    },
    "known-bits/prepared.yaml", (const char[]){
#embed "../Verification/Data/known-bits/prepared.yaml" suffix(, 0)
    },
    "known-bits/ibsi.yaml", (const char[]){
#embed "../Verification/Data/known-bits/ibsi.yaml" suffix(, 0)
    },
    "known-bits/picture.yaml", (const char[]){
#embed "../Verification/Data/known-bits/picture.yaml" suffix(, 0)
    },
    "known-bits/network.yaml", (const char[]){
#embed "../Verification/Data/known-bits/network.yaml" suffix(, 0)
    },
    "phantom-reference.csv", (const char[]){
#embed "../Verification/Data/phantom-reference.csv" suffix(, 0)
    },
    "known-bits.csv", (const char[]){
#embed "../Verification/Data/known-bits.csv" suffix(, 0)
    },
    0};

const char *const *verification_files(void) { return files; }
