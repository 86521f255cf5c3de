# Tables that put curves side by side, and tables of models and questions.
#
# needs: results/{study}/curves/, results/{study}/outcomes/, results/{study}/fits/,
#        results/{study}/pools/, results/{study}/scores/, results/{study}/models/,
#        results/{study}/questions/, data/reference/
# makes: results/{study}/tables/

from scripts.lib.curation.steps import STEPS


rule tabulate_control:
    input:
        unpack(files.beside_paper_inputs),
        code=code_of("scripts.analyse.tabulate_control"),
    output:
        TABLE,
    log:
        "results/{study}/logs/tables/{table}.log",
    wildcard_constraints:
        table=one_of(files.tables("control")),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.table_spec,
        labels=files.table_labels,
        reference=files.reference_option,
    shell:
        "(python -m scripts.analyse.tabulate_control --spec {params.spec:q}"
        " --labels {params.labels:q} --points {input.points:q} --fits {input.fits:q}"
        " {params.reference} --output {output:q}) 2>&1 | tee {log:q}"


rule tabulate_comparison:
    input:
        unpack(files.beside_paper_inputs),
        code=code_of("scripts.analyse.tabulate_comparison"),
    output:
        TABLE,
    log:
        "results/{study}/logs/tables/{table}.log",
    wildcard_constraints:
        table=one_of(files.tables("comparison")),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.table_spec,
        labels=files.table_labels,
        reference=files.reference_option,
        bootstrap=files.study.bootstrap,
    shell:
        "(python -m scripts.analyse.tabulate_comparison --spec {params.spec:q}"
        " --labels {params.labels:q} --points {input.points:q} --outcomes {input.outcomes:q}"
        " {params.reference} --bootstrap {params.bootstrap}"
        " --output {output:q}) 2>&1 | tee {log:q}"


rule tabulate_passed_over:
    input:
        unpack(files.chosen_inputs),
        code=code_of("scripts.analyse.tabulate_passed_over"),
    output:
        TABLE,
    log:
        "results/{study}/logs/tables/{table}.log",
    wildcard_constraints:
        table=one_of(files.tables("passed_over")),
    conda:
        "../envs/ttscale.yaml"
    params:
        curves=files.chosen_options,
        labels=files.table_labels,
        bootstrap=files.study.bootstrap,
    shell:
        "(python -m scripts.analyse.tabulate_passed_over --labels {params.labels:q}"
        " {params.curves} --bootstrap {params.bootstrap}"
        " --output {output:q}) 2>&1 | tee {log:q}"


rule tabulate_scores:
    input:
        unpack(files.chosen_inputs),
        code=code_of("scripts.analyse.tabulate_scores"),
    output:
        TABLE,
    log:
        "results/{study}/logs/tables/{table}.log",
    wildcard_constraints:
        table=one_of(files.tables("scores")),
    conda:
        "../envs/ttscale.yaml"
    params:
        curves=files.chosen_options,
        labels=files.table_labels,
        parts=files.score_parts,
    shell:
        "(python -m scripts.analyse.tabulate_scores --labels {params.labels:q}"
        " {params.curves} --parts {params.parts} --output {output:q}) 2>&1 | tee {log:q}"


rule tabulate_verifier:
    input:
        held_out=files.held_out_files,
        code=code_of("scripts.analyse.tabulate_verifier"),
    output:
        TABLE,
    log:
        "results/{study}/logs/tables/{table}.log",
    wildcard_constraints:
        table=one_of(files.tables("verifier")),
    conda:
        "../envs/ttscale.yaml"
    params:
        held_out=files.held_out_options,
        bootstrap=files.study.bootstrap,
    shell:
        "(python -m scripts.analyse.tabulate_verifier {params.held_out}"
        " --bootstrap {params.bootstrap} --output {output:q}) 2>&1 | tee {log:q}"


rule tabulate_crossings:
    input:
        points=files.crossings_inputs,
        code=code_of("scripts.analyse.tabulate_crossings"),
    output:
        TABLE,
    log:
        "results/{study}/logs/tables/{table}.log",
    wildcard_constraints:
        table=one_of(files.tables("crossings")),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.table_spec,
        labels=files.table_labels,
        facts=files.crossings_facts,
    shell:
        "(python -m scripts.analyse.tabulate_crossings --spec {params.spec:q}"
        " --labels {params.labels:q} --points {input.points:q} {params.facts}"
        " --output {output:q}) 2>&1 | tee {log:q}"


rule tabulate_ratios:
    input:
        code=code_of("scripts.analyse.tabulate_ratios"),
    output:
        TABLE,
    log:
        "results/{study}/logs/tables/{table}.log",
    wildcard_constraints:
        table=one_of(files.tables("ratios")),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.table_spec,
        facts=files.ratios_facts,
    shell:
        "(python -m scripts.analyse.tabulate_ratios --spec {params.spec:q} {params.facts}"
        " --output {output:q}) 2>&1 | tee {log:q}"


rule tabulate_shape:
    input:
        unpack(files.compared_inputs),
        code=code_of("scripts.analyse.tabulate_shape"),
    output:
        TABLE,
    log:
        "results/{study}/logs/tables/{table}.log",
    wildcard_constraints:
        table=one_of(files.tables("shape")),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.table_spec,
        labels=files.table_labels,
        bootstrap=files.study.bootstrap,
    shell:
        "(python -m scripts.analyse.tabulate_shape --spec {params.spec:q}"
        " --labels {params.labels:q} --points {input.points:q} --outcomes {input.outcomes:q}"
        " --bootstrap {params.bootstrap} --output {output:q}) 2>&1 | tee {log:q}"


rule tabulate_vote_limit:
    input:
        answers=files.voted_inputs,
        code=code_of("scripts.analyse.tabulate_vote_limit"),
    output:
        TABLE,
    log:
        "results/{study}/logs/tables/{table}.log",
    wildcard_constraints:
        table=one_of(files.tables("vote_limit")),
    conda:
        "../envs/ttscale.yaml"
    params:
        curves=files.voted_options,
        labels=files.table_labels,
        bootstrap=files.study.bootstrap,
    shell:
        "(python -m scripts.analyse.tabulate_vote_limit --labels {params.labels:q}"
        " {params.curves} --bootstrap {params.bootstrap}"
        " --output {output:q}) 2>&1 | tee {log:q}"


rule tabulate_forecast:
    input:
        answers=files.voted_inputs,
        code=code_of("scripts.analyse.tabulate_forecast"),
    output:
        TABLE,
    log:
        "results/{study}/logs/tables/{table}.log",
    wildcard_constraints:
        table=one_of(files.tables("forecast")),
    conda:
        "../envs/ttscale.yaml"
    params:
        table=files.table_spec,
        curves=files.voted_options,
        labels=files.table_labels,
        bootstrap=files.study.bootstrap,
    shell:
        "(python -m scripts.analyse.tabulate_forecast --table {params.table:q}"
        " --labels {params.labels:q} {params.curves} --bootstrap {params.bootstrap}"
        " --output {output:q}) 2>&1 | tee {log:q}"


rule tabulate_coverage:
    input:
        unpack(files.compared_inputs),
        code=code_of("scripts.analyse.tabulate_coverage"),
    output:
        TABLE,
    log:
        "results/{study}/logs/tables/{table}.log",
    wildcard_constraints:
        table=one_of(files.tables("coverage")),
    conda:
        "../envs/ttscale.yaml"
    params:
        labels=files.table_labels,
        bootstrap=files.study.bootstrap,
    shell:
        "(python -m scripts.analyse.tabulate_coverage --labels {params.labels:q}"
        " --points {input.points:q} --outcomes {input.outcomes:q}"
        " --bootstrap {params.bootstrap} --output {output:q}) 2>&1 | tee {log:q}"


rule tabulate_equal_compute:
    input:
        unpack(files.compared_inputs),
        code=code_of("scripts.analyse.tabulate_equal_compute"),
    output:
        TABLE,
    log:
        "results/{study}/logs/tables/{table}.log",
    wildcard_constraints:
        table=one_of(files.tables("equal_compute")),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.table_spec,
        labels=files.table_labels,
        bootstrap=files.study.bootstrap,
    shell:
        "(python -m scripts.analyse.tabulate_equal_compute --spec {params.spec:q}"
        " --labels {params.labels:q} --points {input.points:q} --outcomes {input.outcomes:q}"
        " --bootstrap {params.bootstrap} --output {output:q}) 2>&1 | tee {log:q}"


rule tabulate_iso_accuracy:
    input:
        unpack(files.compared_inputs),
        code=code_of("scripts.analyse.tabulate_iso_accuracy"),
    output:
        TABLE,
    log:
        "results/{study}/logs/tables/{table}.log",
    wildcard_constraints:
        table=one_of(files.tables("iso_accuracy")),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.table_spec,
        labels=files.table_labels,
        bootstrap=files.study.bootstrap,
    shell:
        "(python -m scripts.analyse.tabulate_iso_accuracy --spec {params.spec:q}"
        " --labels {params.labels:q} --points {input.points:q} --outcomes {input.outcomes:q}"
        " --bootstrap {params.bootstrap} --output {output:q}) 2>&1 | tee {log:q}"


rule tabulate_ledger:
    input:
        unpack(files.ledger_inputs),
        code=code_of("scripts.analyse.tabulate_ledger"),
    output:
        TABLE,
    log:
        "results/{study}/logs/tables/{table}.log",
    wildcard_constraints:
        table=one_of(files.tables("ledger")),
    conda:
        "../envs/ttscale.yaml"
    params:
        options=files.ledger_options,
    shell:
        "(python -m scripts.analyse.tabulate_ledger {params.options}"
        " --output {output:q}) 2>&1 | tee {log:q}"


rule tabulate_funnel:
    input:
        sources=files.collected_files,
        dropped=expand("results/{{study}}/questions/dropped/{step}.parquet", step=STEPS),
        kept=expand("results/{{study}}/questions/{table}.parquet", table=STEPS.values()),
        selections=files.selection_files,
        code=code_of("scripts.curate.tabulate_funnel"),
    output:
        "results/{study}/tables/funnel.csv",
    log:
        "results/{study}/logs/tables/funnel.log",
    conda:
        "../envs/ttscale.yaml"
    shell:
        "(python -m scripts.curate.tabulate_funnel --sources {input.sources:q}"
        " --dropped {input.dropped:q} --kept {input.kept:q} --selections {input.selections:q}"
        " --output {output:q}) 2>&1 | tee {log:q}"


rule summarise_curves:
    input:
        points=files.summarised_curves,
        code=code_of("scripts.analyse.summarise_curves"),
    output:
        "results/{study}/metrics.json",
    log:
        "results/{study}/logs/metrics.log",
    conda:
        "../envs/ttscale.yaml"
    shell:
        "(python -m scripts.analyse.summarise_curves --points {input.points:q}"
        " --output {output:q}) 2>&1 | tee {log:q}"
