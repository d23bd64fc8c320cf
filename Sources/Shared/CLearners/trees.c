// Trees of XGBoost (Chen and Guestrin 2016, doi:10.1145/2939672.2939785), for gradients that the caller computes.
#include "include/CLearners.h"

#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "library.h"

struct learner_trees {
    void *booster, *matrix;
    size_t rows, columns;
};

static struct {
    int version;
    int (*matrix)(const float *, uint64_t, uint64_t, float, void **);
    int (*free_matrix)(void *);
    int (*make)(void *const *, uint64_t, void **);
    int (*free_booster)(void *);
    int (*set)(void *, const char *, const char *);
    int (*grow)(void *, void *, float *, float *, uint64_t);
    int (*predict)(void *, void *, int, unsigned, int, uint64_t *, const float **);
} library;

static void load(void) {
    static const char *const names[] = {"libxgboost.so.0", "libxgboost.so", "libxgboost.dylib", NULL};
    void *handle = first_library(names);
    void (*version)(int *, int *, int *);
    if (!handle || !find_symbol(handle, "XGBoostVersion", &version)) return;
    const bool is_whole = find_symbol(handle, "XGDMatrixCreateFromMat", &library.matrix)
        && find_symbol(handle, "XGDMatrixFree", &library.free_matrix)
        && find_symbol(handle, "XGBoosterCreate", &library.make)
        && find_symbol(handle, "XGBoosterFree", &library.free_booster)
        && find_symbol(handle, "XGBoosterSetParam", &library.set)
        && find_symbol(handle, "XGBoosterBoostOneIter", &library.grow)
        && find_symbol(handle, "XGBoosterPredict", &library.predict);
    if (!is_whole) return;
    int major = 0, minor = 0, patch = 0;
    version(&major, &minor, &patch);
    if (major < 1 || major > 2 || minor < 0 || minor > 99 || patch < 0 || patch > 99) return;
    library.version = major * 10000 + minor * 100 + patch;
}

int learner_trees_version(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return library.version;
}

learner_trees *learner_trees_make(
    const float *values, size_t rows, size_t columns, const char *parameters) {
    if (!learner_trees_version()) return NULL;
    learner_trees *trees = calloc(1, sizeof *trees);
    if (!trees) return NULL;
    trees->rows = rows;
    trees->columns = columns;
    bool is_made = library.matrix(values, rows, columns, NAN, &trees->matrix) == 0
        && library.make(&trees->matrix, 1, &trees->booster) == 0;
    while (is_made && *parameters) {
        const char *value = parameters + strlen(parameters) + 1;
        is_made = library.set(trees->booster, parameters, value) == 0;
        parameters = value + strlen(value) + 1;
    }
    if (is_made) return trees;
    learner_trees_free(trees);
    return NULL;
}

bool learner_trees_grow(learner_trees *trees, float *gradients, float *curvatures) {
    return library.grow(trees->booster, trees->matrix, gradients, curvatures, trees->rows) == 0;
}

static bool predict(learner_trees *trees, void *matrix, size_t rows, float *scores) {
    enum { margin = 1 };
    uint64_t count = 0;
    const float *found = NULL;
    const bool is_done = library.predict(trees->booster, matrix, margin, 0, 0, &count, &found) == 0 && count == rows;
    if (is_done && rows) memcpy(scores, found, rows * sizeof *scores);
    return is_done;
}

bool learner_trees_own_scores(learner_trees *trees, float *scores) {
    return predict(trees, trees->matrix, trees->rows, scores);
}

bool learner_trees_scores(learner_trees *trees, const float *values, size_t rows, float *scores) {
    void *matrix = NULL;
    const bool is_done = library.matrix(values, rows, trees->columns, NAN, &matrix) == 0
        && predict(trees, matrix, rows, scores);
    if (matrix) library.free_matrix(matrix);
    return is_done;
}

void learner_trees_free(learner_trees *trees) {
    if (!trees) return;
    if (trees->booster) library.free_booster(trees->booster);
    if (trees->matrix) library.free_matrix(trees->matrix);
    free(trees);
}
