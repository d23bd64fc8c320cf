// OpenBLAS as the independent reference of tests: CBLAS, and the LAPACK routines it carries but does not declare.
// Results of a study never come from it, since its last bits differ between processors.
#pragma once
#include <cblas.h>

/// Cholesky factor of a symmetric positive definite matrix (LAPACK).
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);

/// Eigenvalues and eigenvectors of a symmetric matrix (LAPACK).
void dsyev_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
            const int *lwork, int *info);
