#ifndef TRABECULA_CNIFTI_SHIM_H
#define TRABECULA_CNIFTI_SHIM_H

#include <nifti/nifti1.h>
#include <nifti/nifti2.h>
#include <stdint.h>

// Debian's nifti2_io.h asks for <znzlib.h>, which the same package installs in /usr/include/nifti, off the
// search path, and no pkg-config file adds it. These are the declarations of nifti2_io.h that are used here;
// none of them reads a file.

typedef struct {
  double m[4][4];
} nifti_dmat44;

void nifti_set_debug_level(int level);
void nifti_swap_as_nifti1(nifti_1_header *header);
void nifti_swap_as_nifti2(nifti_2_header *header);
int nifti_hdr1_looks_good(const nifti_1_header *header);
int nifti_hdr2_looks_good(const nifti_2_header *header);
const char *nifti_datatype_to_string(int datatype);
nifti_1_header *nifti_make_new_n1_header(const int64_t dimensions[], int datatype);
nifti_dmat44 nifti_quatern_to_dmat44(double qb, double qc, double qd, double qx, double qy, double qz,
                                     double dx, double dy, double dz, double qfac);
void nifti_dmat44_to_quatern(nifti_dmat44 matrix, double *qb, double *qc, double *qd, double *qx, double *qy,
                             double *qz, double *dx, double *dy, double *dz, double *qfac);

#endif
