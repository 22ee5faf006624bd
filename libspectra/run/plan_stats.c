/* plan_stats.c: second moments of keys for all arms of a plan, measured once. */
#include "run/plan_spec.h"

#include "spx/file.h"
#include "spx/layer_list.h"
#include "spx/notify.h"
#include "spx/store.h"

#include <math.h>
#include <time.h>
#include <unistd.h>

/* Waits until no other process measures into the folder of p->stats. *fd, or -1, is to be closed.
 */
static spx_status wait_for_folder(const spx_plan *p, const spx_child_opts *how, int *fd,
                                  spx_error *err)
{
    spx_status st = SPX_OK;
    const struct timespec pause = {.tv_nsec = 100000000};
    SPX_TRY(spx_file_lock_folder(p->stats, fd, err));
    if (*fd < 0) spx_note(spx_notify_files(), "%s: another process measures it", p->stats);
    while (*fd < 0) {
        if (how->interrupted && how->interrupted())
            SPX_RAISE(err, SPX_EINTR, "stopped before any arm");
        (void)nanosleep(&pause, NULL);
        SPX_TRY(spx_file_lock_folder(p->stats, fd, err));
    }
out:
    return st;
}

/* True if the file holds the blocks that the plan edits; files that do not say which they hold, as
 * earlier versions left them, pass. */
static spx_status find_layers(const spx_plan *p, const spx_store *s, bool *held, spx_error *err)
{
    spx_status st = SPX_OK;
    char *text = NULL;
    size_t there[SPX_MAX_LAYERS], wanted[SPX_MAX_LAYERS], n = 0, found = 0;
    const size_t layers = plan_layers(p, wanted);
    SPX_TRY(spx_store_find_text(s, "", "layers", &text, err));
    if (text) SPX_TRY(spx_layers_parse(text, there, SPX_MAX_LAYERS, &n, err));
    for (size_t i = 0; i < layers; i++)
        for (size_t j = 0; j < n; j++) found += there[j] == wanted[i];
    *held = !text || found == layers;
out:
    spx_free(text);
    return st;
}

/* True if they are of as many tokens as the plan asks for, as many as fill windows; of all if it
 * does not say. */
static spx_status find_tokens(const spx_plan *p, const spx_store *s, bool *held, spx_error *err)
{
    spx_status st = SPX_OK;
    double tokens = 0, window = 0, wanted = 0;
    SPX_TRY(spx_store_get_number(s, "", "tokens", &tokens, err));
    SPX_TRY(spx_store_get_number(s, "", "window", &window, err));
    (void)spx_json_number(spx_json_get(p->root, "text_tokens"), &wanted);
    *held = wanted == 0 || wanted - fmod(wanted, window) == tokens;
out:
    return st;
}

/* *lacks <- what the plan asks for and p->stats does not hold, in words; NULL: nothing. */
static spx_status find_lacking(const spx_plan *p, const char **lacks, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    char *loss = NULL;
    bool layers = true, tokens = true;
    *lacks = NULL;
    SPX_TRY(spx_store_open(p->stats, SPX_STORE_READ, &s, err));
    SPX_TRY(find_layers(p, s, &layers, err));
    SPX_TRY(find_tokens(p, s, &tokens, err));
    SPX_TRY(spx_store_find_text(s, "", "gradient_loss", &loss, err));
    if (!layers) *lacks = "not of all the layers that the plan edits";
    if (!tokens) *lacks = "not of as many tokens as the plan says";
    if (!loss && plan_asks_for_gradients(p))
        *lacks = "without the gradients that a filter asks for";
out:
    spx_store_close(s);
    spx_free(loss);
    return st;
}

spx_status plan_stats_serve(const spx_plan *p, bool *serves, const char **lacks, spx_error *err)
{
    spx_status st = SPX_OK;
    const bool there = access(p->stats, R_OK) == 0;
    *lacks = NULL;
    if (there) SPX_TRY(find_lacking(p, lacks, err));
    *serves = there && !*lacks;
out:
    return st;
}

static spx_status measure(const spx_plan *p, const spx_child_opts *how, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_child c = {0};
    spx_child_opts silent = *how; /* its table is of no use here */
    silent.quiet = true;
    SPX_TRY(spx_plan_stats_command(p, &c, err));
    SPX_TRY(spx_child_run(&c, &silent, err));
out:
    spx_child_free(&c);
    return st;
}

spx_status plan_measure_stats(const spx_plan *p, const spx_child_opts *how, spx_error *err)
{
    spx_status st = SPX_OK;
    const char *lacks = NULL;
    bool serves = false;
    int fd = -1;
    SPX_TRY(plan_stats_serve(p, &serves, &lacks, err));
    if (serves) return SPX_OK;
    SPX_TRY(wait_for_folder(p, how, &fd, err));
    SPX_TRY(plan_stats_serve(p, &serves, &lacks, err));
    if (lacks) {
        spx_note(spx_notify_files(), "%s: second moments %s: measured anew", p->stats, lacks);
        if (unlink(p->stats) != 0) SPX_TRY(spx_fail_path(err, p->stats));
    }
    if (!serves) SPX_TRY(measure(p, how, err));
out:
    if (fd >= 0) close(fd);
    return st;
}
