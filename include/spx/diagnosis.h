/* spx/diagnosis.h: what was done to a checkpoint, how far its dominant subspaces have moved, and
 * whether it still works. */
#ifndef SPX_DIAGNOSIS_H
#define SPX_DIAGNOSIS_H

#include "spx/directions.h"
#include "spx/evaluate.h"
#include "spx/measure.h"
#include "spx/sources.h"

/*
 * A checkpoint is diagnosed beside the one that it was made from (its base). Three findings are
 * kept apart, because one does not follow from another:
 *
 *   the change   which tensors differ, of what rank their changes are, and what kind of work
 *                leaves such a change (spx_change_kind)
 *   subspaces    how far the dominant directions of each changed matrix have moved, beside what
 *                rounding alone would give and what random directions would give
 *   behaviour    what the model can still do, beside its base, with 95 % intervals
 *
 * The verdict (spx_diagnosis_conclude) is broken only where behaviour is: subspaces that moved are
 * a reason to look, not a finding about behaviour.
 */

/* A number of a changed matrix W, m x n, whose base is W0; D = W - W0, k dominant directions. */
enum {
    SPX_DIAGNOSED_RELATIVE, /* |D|_F / |W0|_F */
    SPX_DIAGNOSED_RANK,     /* values of D above the edge of W's rounding; NaN: W is quantised */
    SPX_DIAGNOSED_LSS,      /* lss_g (subspace.h), what rounding alone gives, and chance: the */
    SPX_DIAGNOSED_LSS_NULL, /*   expected mean cos^2 of random subspaces, (k / m + k / n) / 2 */
    SPX_DIAGNOSED_LSS_CHANCE,
    SPX_DIAGNOSED_SVS, /* svs, and what rounding alone gives */
    SPX_DIAGNOSED_SVS_NULL,
    SPX_DIAGNOSED_TURNED,    /* old directions turned by 45 degrees or more ... */
    SPX_DIAGNOSED_OVERTAKEN, /* ... or still there, but no longer among the k largest; of k */
    SPX_DIAGNOSED_S1,        /* s'_1 / s_1 */
    SPX_DIAGNOSED_D1,        /* |D|_2 / s_1 */
    SPX_DIAGNOSED_NOISE,     /* |D|_2 over |D|_F (1 / sqrt m + 1 / sqrt n), its value of noise */
    SPX_DIAGNOSED_REMOVED,   /* share of |D|_F^2 that REVIVE would take out: the terms with */
    SPX_DIAGNOSED_REMOVED_CHANCE, /*   a dominant index; of a random D: 1 - (1 - k/m) (1 - k/n) */
    SPX_DIAGNOSED_NUMBERS
};
/* Name, unit, definition and source of a number; NULL past the last. Static storage. */
const spx_quantity *spx_diagnosed_quantity(size_t i);

/* A changed matrix. Owned by its diagnosis. */
typedef struct spx_diagnosed {
    char *tensor;
    spx_place place;
    size_t rows, cols, k;
    double value[SPX_DIAGNOSED_NUMBERS];
} spx_diagnosed;

/* What the change looks like, from which matrices changed and from the ranks alone. */
typedef enum spx_change_kind {
    SPX_CHANGE_NOTHING,   /* no value differs */
    SPX_CHANGE_ROUNDED,   /* nothing above the rounding of the type in which it is stored */
    SPX_CHANGE_QUANTISED, /* stored in blocks, as its base is not */
    SPX_CHANGE_LOCATED,   /* FFN outputs of a few blocks, of low rank: locate-then-edit */
    SPX_CHANGE_REWRITTEN, /* FFN outputs of a few blocks, of full rank */
    SPX_CHANGE_ADAPTED,   /* low rank in matrices alone: a low-rank adapter, merged or not */
    SPX_CHANGE_NOISE, /* most matrices, of full rank with no leading direction: quantised and stored
                         in floats again, or noise */
    SPX_CHANGE_TUNED, /* most matrices, of full rank or with norms: fine-tuning, or a merge */
    SPX_CHANGE_MIXED, /* none of these */
} spx_change_kind;
/* "fine-tuned". Static storage. */
const char *spx_change_kind_name(spx_change_kind kind);

typedef enum spx_subspace_state {
    SPX_SUBSPACES_SAME,  /* no matrix has changed */
    SPX_SUBSPACES_KEPT,  /* of every matrix: LSS-G at least 0.95, or as rounding alone moves it */
    SPX_SUBSPACES_MOVED, /* of some matrix less */
    SPX_SUBSPACES_GONE,  /* of some matrix within 0.1 of chance */
} spx_subspace_state;

typedef enum spx_behaviour_state {
    SPX_BEHAVIOUR_UNKNOWN, /* not measured */
    SPX_BEHAVIOUR_KEPT,    /* no ability's interval has left its base's */
    SPX_BEHAVIOUR_WORSE,   /* some has, for the worse */
    SPX_BEHAVIOUR_BROKEN, /* and it is at twice the perplexity, or half the accuracy, of the base */
} spx_behaviour_state;

/* What became of an ability, by its values and intervals before and after. */
spx_behaviour_state spx_behaviour_of(const spx_metric *before, const spx_metric *after,
                                     bool less_is_better);

/* An ability before and after, in the units of q. */
typedef struct spx_ability {
    const spx_quantity *q;
    const char *heading; /* "WikiText perplexity" without the text's name: "perplexity" */
    spx_metric before, after;
    size_t lost, gained; /* items that are right or wrong: right in the base alone, here alone */
    double p;            /* McNemar's exact test of these (paired.h); NaN: not of such items */
    spx_behaviour_state state;
    bool less_is_better;
} spx_ability;
/* True if the same items say that less is left (p < 0.05, more lost than gained) where the
 * intervals do not: the state alone says whether a model is worse or broken. */
bool spx_ability_lower(const spx_ability *a);

/* A leading direction of a changed matrix and the tokens at one of its ends (directions.h). */
typedef struct spx_named_direction {
    const spx_diagnosed *of;
    bool reads, of_change, negative;
    size_t index;
    double value, share, share_chance, cosine, chance;
    char **token; /* tokens, as spx_tokenizer_show gives them */
    size_t tokens;
    const struct spx_named_direction *next; /* NULL: the last */
} spx_named_direction;

#define SPX_ABILITIES 16
/* A checkpoint beside its base. Start from {0}; free with spx_diagnosis_free. */
typedef struct spx_diagnosis {
    const char *base, *stage; /* names of the two; borrowed */
    size_t matrices, others;  /* in both: tensors of two dimensions, and the rest */
    size_t others_changed;    /* of the rest */
    size_t missing, added;    /* tensors that only one of the two has */
    size_t blocks;            /* of the model, counted by names */
    bool quantised;           /* some changed matrix is stored in blocks, as its base is not */
    spx_diagnosed *matrix;    /* the changed ones, the least LSS-G first; room for `matrices` */
    size_t n;
    size_t fresh, base_fresh; /* of these, how many look freshly initialised
                                 (spx_spectrum_is_noise), here and in the base */
    spx_change_kind kind;
    double rank; /* largest of the changed matrices; NaN if not known */
    spx_subspace_state subspaces;
    bool overtaken; /* some matrix has s'_1 >= 1.2 s_1 */
    spx_behaviour_state behaviour;
    spx_ability ability[SPX_ABILITIES];
    size_t abilities;
    const char *unmeasured;                /* why behaviour is unknown; borrowed or static; NULL */
    const spx_named_direction *directions; /* spx_diagnosis_name_directions; NULL: none */
    spx_scratch memory;                    /* of these */
} spx_diagnosis;
void spx_diagnosis_free(spx_diagnosis *d);

/* What is compared and how. All of it is borrowed. */
typedef struct spx_diagnosis_opts {
    const spx_source *base, *stages; /* n >= 1 */
    size_t n;
    spx_tensor_keep *keep;     /* the matrices that are looked at */
    spx_dominance dominant;    /* of the base */
    const spx_eval_plan *plan; /* abilities; NULL: behaviour is not measured */
    spx_store *store;          /* where the numbers of changed matrices and the evaluations are
                                  recorded, the base as its first stage, and where the change of
                                  the last one's worst matrix lies; NULL: nowhere */
    const spx_items_host
        *host; /* its matrices side by side, as spx_follow; no run file of its own */
    spx_notify *notify;
} spx_diagnosis_opts;

/**
 * Measures every stage beside the base and concludes.
 *
 * @param[out] out  o->n diagnoses, {0} before; freed by the caller, after a failure too. They borrow
 *                  names and texts from o.
 * @return SPX_OK; SPX_ENOTFOUND if a stage has no tensor of the base; those of spx_follow and, of
 * the evaluation, those of spx_eval_new and spx_eval_run. A model that cannot be run is no failure:
 * `unmeasured` says why.
 * Cost: spx_stage_compare of each changed matrix, with a store once more of the last stage's worst
 * one with a map (SPX_MAPS), and one evaluation of the base and each stage.
 */
SPX_CHECKED spx_status spx_diagnose(const spx_diagnosis_opts *o, spx_diagnosis *out,
                                    spx_error *err);

/**
 * Adds what the leading directions of matrices of a diagnosed stage stand for in tokens.
 * @param[in] how  as for spx_directions_find, with the base and that one stage; told and arg are not
 *                 read.
 * @param[in] t    decodes the tokens of how->model.
 * @return those of spx_directions_find.
 */
SPX_CHECKED spx_status spx_diagnosis_name_directions(spx_diagnosis *d,
                                                     const spx_directions_opts *how,
                                                     const spx_tokenizer *t, spx_error *err);

/* Sets kind, rank, subspaces, overtaken and behaviour from the rest. */
void spx_diagnosis_conclude(spx_diagnosis *d);

/* The verdict in one sentence, and in one or two words: "moved, not broken". */
void spx_diagnosis_sentence(const spx_diagnosis *d, char *out, size_t room);
const char *spx_diagnosis_word(const spx_diagnosis *d);
/* A warning where weights look freshly initialised: whose, and how many; "" if none do. */
void spx_diagnosis_warning(const spx_diagnosis *d, char *out, size_t room);
/* What the change looks like, in one sentence. */
void spx_diagnosis_change(const spx_diagnosis *d, char *out, size_t room);
/* True if the model is broken. */
bool spx_diagnosis_broken(const spx_diagnosis *d);
/* The command that helps next, with the paths' places named; "" if nothing does. */
void spx_diagnosis_next(const spx_diagnosis *d, char *out, size_t room);

/* How a diagnosis is written for people. */
typedef struct spx_diagnosis_look {
    bool colour;       /* of a terminal */
    bool every_matrix; /* not only the ten worst */
} spx_diagnosis_look;
/* The whole of one; a line a stage of several. */
void spx_diagnosis_write(FILE *to, const spx_diagnosis_look *look, const spx_diagnosis *d);
void spx_diagnosis_series(FILE *to, const spx_diagnosis_look *look, const spx_diagnosis *d,
                          size_t n);

/* Where the numbers, figures and page of a diagnosis go. All of it is borrowed. */
typedef struct spx_diagnosis_folder {
    const char *folder;      /* which exists */
    const spx_diagnosis *at; /* n, in the order of stages; the last one is shown in full */
    size_t n;
    const char *run;       /* the run file that spx_diagnose recorded them in */
    const char *templates; /* folder of the gnuplot templates */
    const char *command;
} spx_diagnosis_folder;

/* Writes matrices.tsv, the figures that the numbers allow, as PDF with their TSV, and report.html,
 * which needs nothing beside it. Statuses of spx_figure_draw and of writing. */
SPX_CHECKED spx_status spx_diagnosis_put(const spx_diagnosis_folder *f, spx_error *err);

#endif
