// Support vector machines of libsvm (Chang and Lin 2011, doi:10.1145/1961189.1961199), with kernels that the caller computes.
#include "include/CLearners.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "library.h"

// What libsvm's header declares, as versions 3.0 to 3.x have it. Of a model nothing is read.
struct node {
    int index;
    double value;
};

struct problem {
    int count;
    double *targets;
    struct node **rows;
};

struct parameters {
    int machine, kernel, degree;
    double gamma, constant;
    double cache_in_mebibytes, tolerance, cost;
    int weights;
    int *weighted;
    double *weight;
    double nu, width;
    int shrinks, gives_probabilities;
};

enum { classification = 0, precomputed = 4 };

struct learner_svm {
    void *model;
    /// 1 where libsvm counts outcome 1 as positive, else -1.
    double sign;
    size_t rows;
    /// Of the rows fitted to, which the model goes on using; the last stretch is for a row that is scored.
    struct node *nodes;
};

static struct {
    int version;
    void *(*train)(const struct problem *, const struct parameters *);
    double (*predict)(const void *, const struct node *, double *);
    void (*labels)(const void *, int *);
    int (*classes)(const void *);
    void (*destroy)(void **);
    const char *(*check)(const struct problem *, const struct parameters *);
    void (*print)(void (*)(const char *));
} library;

static void say_nothing(const char *text) { (void)text; }

static void load(void) {
    static const char *const names[] = {"libsvm.so.3", "libsvm.so.4", "libsvm.so", "libsvm.dylib", NULL};
    void *handle = first_library(names);
    int *version = NULL;
    if (!handle || !find_symbol(handle, "libsvm_version", &version)) return;
    const bool is_whole = find_symbol(handle, "svm_train", &library.train)
        && find_symbol(handle, "svm_predict_values", &library.predict)
        && find_symbol(handle, "svm_get_labels", &library.labels)
        && find_symbol(handle, "svm_get_nr_class", &library.classes)
        && find_symbol(handle, "svm_free_and_destroy_model", &library.destroy)
        && find_symbol(handle, "svm_check_parameter", &library.check)
        && find_symbol(handle, "svm_set_print_string_function", &library.print);
    // Another number before the point may have other structures.
    if (!is_whole || *version < 300 || *version > 399) return;
    library.print(say_nothing);
    library.version = *version;
}

int learner_svm_version(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return library.version;
}

/// Nodes of one row: its number, its similarities, and an end.
static size_t stretch(size_t rows) { return rows + 2; }

static void fill(struct node *row, size_t number, const double *similarities, size_t rows) {
    row[0] = (struct node){0, (double)number};
    for (size_t other = 0; other < rows; other++) row[other + 1] = (struct node){(int)other + 1, similarities[other]};
    row[rows + 1] = (struct node){-1, 0};
}

static bool train(learner_svm *machine, struct problem *problem, double cost, double tolerance) {
    struct parameters parameters = {
        .machine = classification, .kernel = precomputed, .degree = 3, .gamma = 1, .cache_in_mebibytes = 40,
        .tolerance = tolerance, .cost = cost, .nu = 0.5, .width = 0.1, .shrinks = 1};
    if (library.check(problem, &parameters)) return false;
    machine->model = library.train(problem, &parameters);
    if (!machine->model || library.classes(machine->model) != 2) return false;
    int labels[2];
    library.labels(machine->model, labels);
    machine->sign = labels[0] == 1 ? 1 : -1;
    return true;
}

learner_svm *learner_svm_fit(
    const double *similarities, const unsigned char *outcomes, size_t rows, double cost, double tolerance) {
    if (!learner_svm_version() || rows < 2 || rows > 1 << 15) return NULL;
    learner_svm *machine = calloc(1, sizeof *machine);
    double *targets = calloc(rows, sizeof *targets);
    struct node **starts = calloc(rows, sizeof *starts);
    bool is_fitted = false;
    if (machine) machine->nodes = calloc((rows + 1) * stretch(rows), sizeof *machine->nodes);
    if (machine && machine->nodes && targets && starts) {
        machine->rows = rows;
        for (size_t row = 0; row < rows; row++) {
            targets[row] = outcomes[row] ? 1 : -1;
            starts[row] = machine->nodes + row * stretch(rows);
            fill(starts[row], row + 1, similarities + row * rows, rows);
        }
        struct problem problem = {(int)rows, targets, starts};
        is_fitted = train(machine, &problem, cost, tolerance);
    }
    free(targets);
    free(starts);
    if (is_fitted) return machine;
    learner_svm_free(machine);
    return NULL;
}

double learner_svm_score(learner_svm *machine, const double *similarities) {
    struct node *row = machine->nodes + machine->rows * stretch(machine->rows);
    fill(row, 0, similarities, machine->rows);
    double distance = 0;
    library.predict(machine->model, row, &distance);
    return machine->sign * distance;
}

void learner_svm_free(learner_svm *machine) {
    if (!machine) return;
    if (machine->model) library.destroy(&machine->model);
    free(machine->nodes);
    free(machine);
}
