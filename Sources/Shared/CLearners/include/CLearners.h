// Other learners, of libraries that are loaded while the program runs: libsvm and XGBoost. Programs start without them.
//
// Nothing here calls an elementary function of the C library in a fit: kernels and gradients come from the caller, so that the
// libraries only add, multiply, divide and compare.
#ifndef CLEARNERS_H
#define CLEARNERS_H

#include <stdbool.h>
#include <stddef.h>

/// Version of libsvm, as 324 for 3.24; 0 where it, or what is needed of it, is not there.
int learner_svm_version(void);

/// Version of XGBoost, as 10704 for 1.7.4; 0 where it, or what is needed of it, is not there.
int learner_trees_version(void);

typedef struct learner_svm learner_svm;

/// Fits a support vector machine (C-SVC) to similarities of rows.
///
/// `similarities` has `rows` x `rows` values of the kernel, `outcomes` 0 or 1 of each row, both outcomes among them.
/// Returns NULL where libsvm is not there, refuses the parameters, or memory is short.
learner_svm *learner_svm_fit(
    const double *similarities, const unsigned char *outcomes, size_t rows, double cost, double tolerance);

/// Signed distance of a row from the boundary, in units of the margin: positive for outcome 1. `similarities` are those with each
/// row that was fitted to.
double learner_svm_score(learner_svm *machine, const double *similarities);

void learner_svm_free(learner_svm *machine);

typedef struct learner_trees learner_trees;

/// An ensemble of trees without any tree. `values` has `rows` x `columns` values, row by row. `parameters` are names and values in
/// turn, each with a zero behind it, and another zero at the end. Returns NULL where XGBoost is not there or refuses something.
learner_trees *learner_trees_make(
    const float *values, size_t rows, size_t columns, const char *parameters);

/// Grows trees for one gradient and one second derivative of the loss a row, both of which may be overwritten.
bool learner_trees_grow(learner_trees *trees, float *gradients, float *curvatures);

/// Sums of leaves of the rows that are fitted to.
bool learner_trees_own_scores(learner_trees *trees, float *scores);

/// Sums of leaves of other rows with the same columns.
bool learner_trees_scores(learner_trees *trees, const float *values, size_t rows, float *scores);

void learner_trees_free(learner_trees *trees);

#endif
