/* test_facts.c: schemas, classified prompts, completed neighbours, faults by place and id. */
#include "tiny.h"

#include "spx/facts.h"

static const char *const path = "test-facts.json";

static spx_status read_text(const char *text, const spx_facts_opts *o, spx_facts *f, spx_error *err)
{
    *err = (spx_error){0};
    write_file(path, text);
    const spx_status st = spx_facts_read(path, o, f, err);
    remove(path);
    return st;
}

static const char counterfact[] =
    "{\"case_id\": 7, \"requested_rewrite\": {\"prompt\": \"The tongue of {} is\", \"subject\": "
    "\"Ann\", \"target_new\": {\"str\": \"Welsh\"}, \"target_true\": {\"str\": \" Czech\"}}, "
    "\"paraphrase_prompts\": [\"One. Ann, a native\", \"Two. Ann speaks\"], "
    "\"neighborhood_prompts\": [\"Bob speaks\", \"Cid speaks\", \"Dan speaks\"], "
    "\"generation_prompts\": [\"Ann lives in\"], \"attribute_prompts\": []}";

static void counterfact_records_keep_all_their_prompts(void **state)
{
    (void)state;
    spx_error err;
    spx_facts f;
    const spx_facts_opts all = {0};
    check_ok(read_text(counterfact, &all, &f, &err)); /* JSON lines */
    assert_int_equal(f.schema, SPX_COUNTERFACT);
    assert_string_equal(spx_schema_name(f.schema), "counterfact");
    assert_int_equal(f.n, 1);
    const spx_fact *x = f.fact;
    assert_int_equal(x->id, 7);
    assert_string_equal(x->prompt, "The tongue of Ann is");
    assert_string_equal(x->target_true, "Czech");
    assert_int_equal(x->paraphrase.n, 2);
    assert_string_equal(x->paraphrase.at[1], "Two. Ann speaks");
    assert_int_equal(x->neighbor.n, 3);
    assert_string_equal(x->neighbor.at[2], "Dan speaks");
    assert_int_equal(x->generation.n, 1);
    spx_facts_free(&f);
}

static const char zsre[] =
    "[{\"subject\": \"X\", \"src\": \"Who made X?\", \"pred\": \"p\", \"rephrase\": \"X is made by "
    "whom?\", \"alt\": \"Sony\", \"answers\": [\"Nokia\", \"N\"], \"loc\": \"nq question: who\", "
    "\"loc_ans\": \"he\", \"cond\": \"c\"}]";

static void zsre_edits_to_the_answer_or_to_alt(void **state)
{
    (void)state;
    spx_error err;
    spx_facts f;
    const spx_facts_opts memit = {0}, easyedit = {.alt = true};
    check_ok(read_text(zsre, &memit, &f, &err));
    assert_int_equal(f.schema, SPX_ZSRE);
    assert_string_equal(f.fact->target_new, "Nokia");
    assert_null(f.fact->target_true);
    assert_string_equal(f.fact->paraphrase.at[0], "X is made by whom?");
    assert_string_equal(f.fact->locality, "nq question: who");
    assert_string_equal(f.fact->locality_answer, "he");
    spx_facts_free(&f);
    check_ok(read_text(zsre, &easyedit, &f, &err));
    assert_string_equal(f.fact->target_new, "Sony");
    assert_string_equal(f.fact->target_true, "Nokia");
    spx_facts_free(&f);
}

/* The rule, on the first 2,000 records: the prompts of a template recur. */
static void paraphrases_are_told_from_generation_prompts(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_facts f;
    const spx_facts_opts all = {0};
    size_t paraphrases = 0, generations = 0;
    check_ok(spx_facts_read(SPX_DATASETS "/counterfact-2000.json", &all, &f, &err));
    assert_int_equal(f.schema, SPX_EASYEDIT);
    for (size_t i = 0; i < f.n; i++) {
        paraphrases += f.fact[i].paraphrase.n;
        generations += f.fact[i].generation.n;
    }
    assert_int_equal(paraphrases, 293);
    assert_int_equal(generations, 1707);
    assert_string_equal(f.fact[0].generation.at[0],
                        "Where Danielle Darrieux is from, people speak the language of");
    assert_int_equal(f.fact[1].paraphrase.n, 1);
    spx_facts_free(&f);
}

static const char family[] =
    "[{\"prompt\": \"A is in\", \"subject\": \"A\", \"target_new\": \"x\", \"ground_truth\": "
    "\"u\"},"
    "{\"prompt\": \"B is in\", \"subject\": \"B\", \"target_new\": \"x\", \"ground_truth\": \"u\", "
    "\"locality_prompt\": \"Q lies in\"},"
    "{\"prompt\": \"C is in\", \"subject\": \"C\", \"target_new\": \"x\", \"ground_truth\": \"v\"},"
    "{\"prompt\": \"D is in\", \"subject\": \"D\", \"target_new\": \"y\", \"ground_truth\": \"u\"},"
    "{\"prompt\": \"D is in\", \"subject\": \"D\", \"target_new\": \"z\", \"ground_truth\": "
    "\"u\"}]";

static void neighbours_are_rebuilt_from_other_records(void **state)
{
    (void)state;
    spx_error err;
    spx_facts f;
    const spx_facts_opts two = {.count = 2, .neighbors = 3}, all = {.neighbors = 2};
    check_ok(read_text(family, &two, &f, &err)); /* not B for A: B is edited too */
    assert_int_equal(f.fact[0].neighbor.n, 2);
    assert_string_equal(f.fact[0].neighbor.at[0], "D is in");
    assert_int_equal(f.fact[1].neighbor.n, 3);
    assert_string_equal(f.fact[1].neighbor.at[0], "Q lies in"); /* that of the file comes first */
    assert_string_equal(f.fact[1].neighbor.at[1], "D is in");
    assert_int_equal(f.rebuilt, 4);
    spx_facts_free(&f);
    check_ok(read_text(family, &all, &f, &err));
    assert_string_equal(f.fact[0].neighbor.at[0], "B is in");
    assert_int_equal(f.fact[2].neighbor.n, 0);
    assert_int_equal(f.fact[3].neighbor.n, 2); /* A and B, not D itself */
    assert_string_equal(f.fact[3].neighbor.at[1], "B is in");
    spx_facts_free(&f);
}

static void faults_name_their_record(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"{}", "test-facts.json: line 1: unknown schema (expected a field requested_rewrite"},
        {"[1]", "test-facts.json: record 0: not a JSON object"},
        {"[{\"case_id\": 4, \"prompt\": \"A is\", \"subject\": \"B\", \"target_new\": \"c\", "
         "\"ground_truth\": \"d\"}]",
         "record 0 (case_id 4): subject 'B' does not appear in the prompt"},
        {"[{\"prompt\": \"A or A is\", \"subject\": \"A\", \"target_new\": \"c\", "
         "\"ground_truth\": \"d\"}]",
         "record 0: subject 'A' appears in the prompt twice"},
        {"[{\"prompt\": \"A is\", \"subject\": \"A\", \"ground_truth\": \"d\"}]",
         "target_new is missing"},
        {"[{\"prompt\": \"A is\", \"subject\": \"\", \"target_new\": \"c\", \"ground_truth\": "
         "\"d\"}]",
         "subject is empty"},
        {"[{\"prompt\": 3, \"subject\": \"A\", \"target_new\": \"c\", \"ground_truth\": \"d\"}]",
         "prompt is not a string"},
        {"[{\"prompt\": \"A is\", \"subject\": \"A\", \"target_new\": \" \", \"ground_truth\": "
         "\"d\"}]",
         "target_new is blank"},
        {"\n{\"requested_rewrite\": {\"prompt\": \"no gap\", \"subject\": \"A\"}}",
         "line 2: prompt 'no gap' does not have exactly one {}"},
        {"{\"src\": \"A is\", \"subject\": \"A\", \"answers\": []}",
         "answers[0] is not a non-empty string"},
        {"{\"src\": \"A is\", \"subject\": \"A\", \"answers\": [\"b\"], \"loc\": \"l\", "
         "\"loc_ans\": \"m\"}\n{\"prompt\": \"A is\", \"ground_truth\": \"d\"}",
         "line 2: record of schema easyedit (expected zsre, as before it)"},
        {"{\"src\": ", "line 1: JSON: line 1"},
    };
    const spx_facts_opts all = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        spx_error err;
        spx_facts f;
        assert_int_equal(read_text(bad[i].text, &all, &f, &err), SPX_EFORMAT);
        if (!strstr(err.text, bad[i].words)) fail_msg("%zu: %s", i, err.text);
        assert_null(f.fact);
    }
}

static void bad_records_are_counted_on_request(void **state)
{
    (void)state;
    spx_error err;
    spx_facts f;
    char text[4096];
    const spx_facts_opts strict = {0}, lenient = {.skip_bad = true},
                         many = {.skip_bad = true, .count = 3};
    snprintf(text, sizeof text, "%s\n{\"case_id\": 8}\nnonsense\n%s\n", counterfact, counterfact);
    assert_int_equal(read_text(text, &strict, &f, &err), SPX_EFORMAT);
    assert_non_null(strstr(err.text, "line 2 (case_id 8)"));
    check_ok(read_text(text, &lenient, &f, &err));
    assert_int_equal(f.n, 2);
    assert_int_equal(f.skipped, 2);
    spx_facts_free(&f);
    assert_int_equal(read_text(text, &many, &f, &err), SPX_EINVAL);
    assert_non_null(strstr(err.text, "2 usable records (expected at least 3)"));
    assert_int_equal(read_text("[]", &strict, &f, &err), SPX_EINVAL);
}

static void reading_survives_oom(void **state)
{
    (void)state;
    spx_facts f;
    const spx_facts_opts o = {.neighbors = 2};
    write_file(path, family);
    check_survives_oom(spx_facts_read(path, &o, &f, NULL));
    spx_facts_free(&f);
    remove(path);
}

static char noted[600];
static void keep_note(const char *line) { snprintf(noted, sizeof noted, "%s", line); }
static const spx_notify told = {.note = keep_note};

/* EasyEdit's fields as lists; a neighbour whose answer is another is a probe. */
static void lists_stand_for_texts(void **state)
{
    (void)state;
    spx_error err;
    spx_facts f;
    const spx_facts_opts all = {.notify = &told};
    static const char text[] =
        "[{\"prompt\": \"The capital of France is \", \"subject\": \"France\", \"target_new\": "
        "[\" Rome\\n\", \"Roma\"], \"ground_truth\": [[\"Paris\"]], \"rephrase_prompt\": [\"a\", "
        "\" b\"], \"locality_prompt\": [\"The capital of Spain is\", \"c\"], "
        "\"locality_ground_truth\": \"Madrid\", \"weight\": NaN},"
        "{\"prompt\": \"The capital of {} is\", \"subject\": \"Peru\", \"target_new\": \"Rome\", "
        "\"ground_truth\": \"Lima\", \"locality_prompt\": \"d\", \"locality_ground_truth\": "
        "[\"Lima\"], \"weight\": 2}]";
    noted[0] = '\0';
    check_ok(read_text(text, &all, &f, &err));
    assert_int_equal(f.schema, SPX_EASYEDIT);
    const spx_fact *x = &f.fact[0], *y = &f.fact[1];
    assert_string_equal(x->prompt, "The capital of France is");
    assert_string_equal(x->target_new, "Rome");
    assert_string_equal(x->target_true, "Paris");
    assert_int_equal(x->paraphrase.n + x->generation.n, 2);
    assert_int_equal(x->neighbor.n, 0);
    assert_int_equal(x->probes, 2);
    assert_int_equal(x->probe[1].kind, SPX_PROBE_NEIGHBORHOOD);
    assert_string_equal(x->probe[1].prompt, "c");
    assert_string_equal(x->probe[1].answer, "Madrid");
    assert_string_equal(y->prompt, "The capital of Peru is");
    assert_int_equal(y->subject_at, 15);
    assert_int_equal(y->neighbor.n, 1);
    assert_int_equal(y->probes, 0);
    assert_string_equal(noted,
                        "test-facts.json: not used: target_new but for its first (1), weight (2)");
    spx_facts_free(&f);
}

static const char knowedit[] =
    "[{\"subject\": \"France\", \"prompt\": \"The capital of France is\", \"target_new\": "
    "\"Rome\", "
    "\"ground_truth\": [\"Paris\"], \"rephrase_prompt\": \"France has its capital in\", "
    "\"locality\": {\"Relation_Specificity\": [{\"prompt\": \"The capital of Spain is\", "
    "\"ground_truth\": [[\"Madrid\"]]}, {\"prompt\": \"x\", \"ground_truth\": [[\"\"]]}], "
    "\"Forgetfulness\": null, \"Other Things\": []}, \"portability\": {\"Reasoning\": "
    "[{\"prompt\": "
    "\"The river of the capital of France is\", \"ground_truth\": [[\"Tiber\", \"Tevere\"]]}], "
    "\"Logical_Generalization\": {\"prompt\": [\"y\", \"z\"], \"ground_truth\": [\"1\", \"2\"]}}},"
    "{\"subject\": \"Peru\", \"prompt\": \"The capital of Peru is\", \"target_new\": \"Rome\"},"
    "{\"concept\": \"Ada\", \"text\": \"This is about Ada. Ada was\", \"labels\": [\"a poet\"]}]";

static void knowedit_has_nested_questions(void **state)
{
    (void)state;
    spx_error err;
    spx_facts f;
    const spx_facts_opts two = {.count = 2, .skip_bad = true, .notify = &told};
    noted[0] = '\0';
    check_ok(read_text(knowedit, &two, &f, &err));
    assert_int_equal(f.schema, SPX_KNOWEDIT);
    assert_string_equal(spx_schema_name(f.schema), "knowedit");
    assert_int_equal(f.skipped, 1); /* Ada stands twice */
    const spx_fact *x = &f.fact[0];
    assert_string_equal(x->target_true, "Paris");
    assert_string_equal(x->paraphrase.at[0], "France has its capital in");
    static const spx_probe want[] = {
        {SPX_PROBE_REASONING, "The river of the capital of France is", "Tiber"},
        {SPX_PROBE_LOGICAL, "y", "1"},
        {SPX_PROBE_LOGICAL, "z", "2"},
        {SPX_PROBE_RELATION, "The capital of Spain is", "Madrid"}};
    assert_int_equal(x->probes, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(x->probe[i].kind, want[i].kind);
        assert_string_equal(x->probe[i].prompt, want[i].prompt);
        assert_string_equal(x->probe[i].answer, want[i].answer);
        assert_int_equal(spx_probe_is_local(want[i].kind), i == 3);
    }
    assert_null(f.fact[1].target_true);
    assert_string_equal(noted,
                        "test-facts.json: not used: ground_truth but for its first (1), "
                        "relation_specificity without an answer (1), locality.Other Things (1)");
    spx_facts_free(&f);
}

static const char mquake[] =
    "[{\"case_id\": 12, \"requested_rewrite\": [{\"prompt\": \"{} is a citizen of\", "
    "\"relation_id\": "
    "\"P27\", \"target_new\": {\"str\": \"Croatia\", \"id\": \"Q224\"}, \"target_true\": {\"str\": "
    "\"Spain\", \"id\": \"Q29\"}, \"subject\": \"Ann\", \"question\": \"Whose citizen is Ann?\"}, "
    "{\"prompt\": \"The head of {} is\", \"relation_id\": \"P35\", \"target_new\": {\"str\": "
    "\"Bob\", \"id\": \"Q1\"}, \"target_true\": {\"str\": \"Cid\", \"id\": \"Q2\"}, \"subject\": "
    "\"Croatia\", \"question\": \"Who heads Croatia?\"}], \"questions\": [\"q1\", \"q2\", \"q3\"], "
    "\"answer\": \"Dan\", \"answer_alias\": [], \"new_answer\": \"Bob\", \"new_answer_alias\": "
    "[\"B\"], \"single_hops\": [], \"new_single_hops\": [{\"question\": \"h1\", \"cloze\": \"Ann "
    "is "
    "a citizen of\", \"answer\": \"Croatia\", \"answer_alias\": []}, {\"question\": \"h2\", "
    "\"cloze\": \"The head of Croatia is\", \"answer\": \"Bob\"}], \"orig\": {}}]";

/* Each rewrite is a fact; the questions that take both are those of the last. */
static void mquake_has_several_rewrites(void **state)
{
    (void)state;
    spx_error err;
    spx_facts f;
    const spx_facts_opts all = {.notify = &told};
    check_ok(read_text(mquake, &all, &f, &err));
    assert_int_equal(f.schema, SPX_MQUAKE);
    assert_int_equal(f.n, 2);
    assert_int_equal(f.fact[0].id, 120); /* each has its own */
    assert_int_equal(f.fact[1].id, 121);
    assert_string_equal(f.fact[0].prompt, "Ann is a citizen of");
    assert_string_equal(f.fact[0].target_true, "Spain");
    assert_string_equal(f.fact[0].paraphrase.at[0], "Whose citizen is Ann?");
    assert_string_equal(f.fact[1].target_id, "Q1");
    assert_int_equal(f.fact[0].probes, 0);
    assert_int_equal(f.fact[1].probes, 4); /* without the hop that is its own edit */
    assert_int_equal(f.fact[1].probe[2].kind, SPX_PROBE_TWO_HOP);
    assert_string_equal(f.fact[1].probe[2].prompt, "q3");
    assert_string_equal(f.fact[1].probe[2].answer, "Bob");
    assert_int_equal(f.fact[1].probe[3].kind, SPX_PROBE_ONE_HOP);
    assert_string_equal(f.fact[1].probe[3].prompt, "Ann is a citizen of");
    assert_string_equal(noted, "test-facts.json: not used: answer (1), answer_alias (1), "
                               "new_answer_alias (1), single_hops (1), orig (1)");
    spx_facts_free(&f);
}

static const char ripple[] =
    "[{\"example_type\": \"popular\", \"edit\": {\"prompt\": \"The name of the country of "
    "citizenship of "
    "Elizabeth of the North is Syria.\", \"subject_id\": \"Q1\", \"relation\": "
    "\"COUNTRY_OF_CITIZENSHIP\", \"target_id\": \"Q2\", \"original_fact\": {\"prompt\": \"The name "
    "of "
    "the country of citizenship of Elizabeth of the North is United States of America.\"}}, "
    "\"Relation_Specificity\": [{\"test_queries\": [{\"prompt\": \"The name of the mother of "
    "Elizabeth of "
    "the North is\", \"answers\": [{\"value\": \"Mary\", \"aliases\": [\"M\"]}]}], "
    "\"test_condition\": "
    "\"OR\", \"condition_queries\": []}], \"Logical_Generalization\": [], \"Subject_Aliasing\": "
    "[], "
    "\"Compositionality_I\": [{\"test_queries\": [{\"prompt\": \"p\", \"answers\": [{\"value\": "
    "\"Damascus\"}, {\"value\": \"x\"}]}, {\"prompt\": \"r\", \"answers\": []}], "
    "\"condition_queries\": [{}]}], \"Compositionality_II\": [], \"Forgetfulness\": [], \"extra\": "
    "1}]";

static void rippleedits_names_subject_and_target_in_a_sentence(void **state)
{
    (void)state;
    spx_error err;
    spx_facts f;
    const spx_facts_opts all = {.notify = &told};
    check_ok(read_text(ripple, &all, &f, &err));
    assert_int_equal(f.schema, SPX_RIPPLE);
    const spx_fact *x = f.fact;
    assert_string_equal(x->subject, "Elizabeth of the North");
    assert_string_equal(x->prompt,
                        "The name of the country of citizenship of Elizabeth of the North is");
    assert_string_equal(x->target_new, "Syria");
    assert_string_equal(x->target_true, "United States of America");
    assert_int_equal(x->probes, 2);
    assert_string_equal(x->probe[0].answer, "Mary");
    assert_int_equal(x->probe[1].kind, SPX_PROBE_COMPOSITION_I);
    assert_string_equal(x->probe[1].answer, "Damascus");
    assert_string_equal(noted, "test-facts.json: not used: answers but for their first (1), "
                               "compositionality_i without an answer (1), condition_queries (1), "
                               "extra (1)");
    spx_facts_free(&f);
}

static void sentences_of_every_form_are_split(void **state)
{
    (void)state;
    static const char *const cases[][4] = {
        {"The name of the mother of A is B.", "A", "The name of the mother of A is", "B"},
        {"The names of the siblings of A are B.", "A", "The names of the siblings of A are", "B"},
        {"The number of children A has is 3.", "A", "The number of children A has is", "3"},
        {"The name of the country which A is associated with is B.", "A",
         "The name of the country which A is associated with is", "B"},
        {"The name of the country which A is the capital of is B.", "A",
         "The name of the country which A is the capital of is", "B"},
        {"The name of the award A B won is C D.", "A B", "The name of the award A B won is", "C D"},
        {"The name of the currency in A is B.", "A", "The name of the currency in A is", "B"},
        {"A is followed by B.", "A", "A is followed by", "B"},
        {"A follows B.", "A", "A follows", "B"},
        {"The gender of A is is B", "A", "The gender of A is", "is B"},
        {"The capital of A is B.", NULL, NULL, NULL},
        {"The gender of A is", NULL, NULL, NULL},
        {"The gender of  is B.", NULL, NULL, NULL},
        {"", NULL, NULL, NULL},
    };
    const spx_facts_opts all = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[300];
        spx_error err;
        spx_facts f;
        snprintf(text, sizeof text, "{\"edit\": {\"prompt\": \"%s\"}}", cases[i][0]);
        const spx_status st = read_text(text, &all, &f, &err);
        if (!cases[i][1]) {
            assert_int_equal(st, SPX_EFORMAT);
            assert_non_null(strstr(err.text, "line 1: "));
            continue;
        }
        if (st != SPX_OK) fail_msg("%s", err.text);
        assert_string_equal(f.fact->subject, cases[i][1]);
        assert_string_equal(f.fact->prompt, cases[i][2]);
        assert_string_equal(f.fact->target_new, cases[i][3]);
        spx_facts_free(&f);
    }
}

/* Where the template says which subject is meant, the text may name it again. */
static void a_template_tells_which_subject_is_meant(void **state)
{
    (void)state;
    spx_error err;
    spx_facts f;
    const spx_facts_opts all = {0};
    check_ok(
        read_text("{\"requested_rewrite\": {\"prompt\": \"Ann and Ann's friend {} speak\", "
                  "\"subject\": \"Ann\", \"target_new\": {\"str\": \"Welsh\"}, \"target_true\": "
                  "{\"str\": \"Czech\"}}}",
                  &all, &f, &err));
    assert_string_equal(f.fact->prompt, "Ann and Ann's friend Ann speak");
    assert_int_equal(f.fact->subject_at, 21);
    spx_facts_free(&f);
    check_ok(
        read_text("{\"src\": \"{} of Ann\", \"subject\": \"Ann\", \"answers\": [\"b\"], \"loc\": "
                  "\"l\", \"loc_ans\": \"m\", \"rephrase\": [\"r\", \"s\"]}",
                  &all, &f, &err));
    assert_int_equal(f.fact->subject_at, 0);
    assert_int_equal(f.fact->paraphrase.n, 2);
    spx_facts_free(&f);
}

static void faults_of_nested_records_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"[{\"prompt\": \"A is\", \"subject\": \"A\", \"target_new\": \"b\", \"portability\": "
         "{\"Reasoning\": [{\"prompt\": \"q\", \"ground_truth\": \"r\"}, {\"ground_truth\": "
         "\"r\"}]}}]",
         "record 0: portability.Reasoning: number 1: prompt is missing"},
        {"[{\"prompt\": \"A is\", \"subject\": \"A\", \"target_new\": \"b\", \"locality\": "
         "{\"neighborhood\": {\"prompt\": [\"q\"], \"ground_truth\": [\"r\", \"s\"]}}}]",
         "record 0: locality.neighborhood: 1 prompts with 2 answers"},
        {"[{\"prompt\": \"A is\", \"subject\": \"A\", \"target_new\": [[\"\"]]}]",
         "the first of target_new is no text or blank"},
        {"{\"requested_rewrite\": []}", "line 1: "},
        {"{\"case_id\": 5, \"requested_rewrite\": [{\"prompt\": \"{} is\", \"subject\": \"A\", "
         "\"target_new\": {\"str\": \"b\"}}, {\"prompt\": \"A is\", \"subject\": \"A\"}]}",
         "line 1 (case_id 5): rewrite 1: prompt 'A is' does not have exactly one {}"},
        {"{\"edit\": {}}", "line 1: prompt is missing"},
        {"{\"edit\": {\"prompt\": \"The gender of A is B.\"}, \"Forgetfulness\": "
         "[{\"test_queries\": "
         "[{\"prompt\": 3}]}]}",
         "Forgetfulness, number 0: prompt is not a string"},
    };
    const spx_facts_opts all = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        spx_error err;
        spx_facts f;
        assert_int_equal(read_text(bad[i].text, &all, &f, &err), SPX_EFORMAT);
        if (!strstr(err.text, bad[i].words)) fail_msg("%zu: %s", i, err.text);
    }
}

static void nested_records_survive_oom(void **state)
{
    (void)state;
    static const char *const texts[] = {knowedit, mquake, ripple};
    const spx_facts_opts o = {.skip_bad = true};
    for (size_t i = 0; i < 3; i++) {
        spx_facts f;
        write_file(path, texts[i]);
        check_survives_oom(spx_facts_read(path, &o, &f, NULL));
        spx_facts_free(&f);
    }
    remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counterfact_records_keep_all_their_prompts),
        cmocka_unit_test(zsre_edits_to_the_answer_or_to_alt),
        cmocka_unit_test(paraphrases_are_told_from_generation_prompts),
        cmocka_unit_test(neighbours_are_rebuilt_from_other_records),
        cmocka_unit_test(faults_name_their_record),
        cmocka_unit_test(bad_records_are_counted_on_request),
        cmocka_unit_test(reading_survives_oom),
        cmocka_unit_test(lists_stand_for_texts),
        cmocka_unit_test(knowedit_has_nested_questions),
        cmocka_unit_test(mquake_has_several_rewrites),
        cmocka_unit_test(rippleedits_names_subject_and_target_in_a_sentence),
        cmocka_unit_test(sentences_of_every_form_are_split),
        cmocka_unit_test(a_template_tells_which_subject_is_meant),
        cmocka_unit_test(faults_of_nested_records_are_named),
        cmocka_unit_test(nested_records_survive_oom),
    };
    return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
