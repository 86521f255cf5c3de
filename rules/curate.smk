# Training questions: from what the sources have to the selections that models are tuned on.
#
# needs: results/{study}/problems/ of generated benchmarks, files or the Hub,
#        results/{study}/pools/ of reference models
# makes: results/{study}/questions/, results/{study}/problems/ of benchmarks made of questions,
#        results/{study}/selections/

sources = SourceFiles(files)


localrules:
    fetch_questions,
    import_selection,


rule collect_questions:
    input:
        unpack(sources.inputs),
        code=code_of("scripts.curate.collect_questions"),
    output:
        "results/{study}/questions/sources/{source}.parquet",
    log:
        "results/{study}/logs/questions/sources/{source}.log",
    wildcard_constraints:
        source=one_of(sources.here()),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=sources.spec,
        inputs=sources.inputs_option,
    shell:
        "(python -m scripts.curate.collect_questions --spec {params.spec:q}"
        " --source {wildcards.source:q} {params.inputs} --output {output:q}) 2>&1 | tee {log:q}"


# Data sets of the Hub are read where the command is typed: a cluster's nodes may have no network.
use rule collect_questions as fetch_questions with:
    wildcard_constraints:
        source=one_of(sources.on_the_hub()),


rule decontaminate_questions:
    input:
        sources=files.collected_files,
        tests=files.tests_of_questions,
        code=code_of("scripts.curate.decontaminate_questions"),
    output:
        kept="results/{study}/questions/decontaminated.parquet",
        dropped="results/{study}/questions/dropped/decontaminate.parquet",
    log:
        "results/{study}/logs/questions/decontaminate.log",
    conda:
        "../envs/ttscale.yaml"
    resources:
        mem_mb=6000,
    params:
        words=files.shared_words,
        order=files.order_of_comparison,
    shell:
        "(python -m scripts.curate.decontaminate_questions --sources {input.sources:q}"
        " --tests {input.tests:q} --words {params.words}"
        " --output {output.kept:q} --dropped {output.dropped:q}) 2>&1 | tee {log:q}"


rule pose_questions:
    input:
        questions="results/{study}/questions/decontaminated.parquet",
        code=code_of("scripts.curate.pose_questions"),
    output:
        "results/{study}/problems/{benchmark}.parquet",
    log:
        "results/{study}/logs/problems/{benchmark}.log",
    wildcard_constraints:
        benchmark=one_of(sources.benchmarks()),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.benchmark_spec,
    shell:
        "(python -m scripts.curate.pose_questions --spec {params.spec:q}"
        " --benchmark {wildcards.benchmark:q} --questions {input.questions:q}"
        " --output {output:q}) 2>&1 | tee {log:q}"


rule featurise_questions:
    input:
        unpack(sources.features),
        questions="results/{study}/questions/decontaminated.parquet",
        code=code_of("scripts.curate.featurise_questions"),
    output:
        "results/{study}/questions/featurised.parquet",
    log:
        "results/{study}/logs/questions/featurise.log",
    conda:
        "../envs/ttscale.yaml"
    threads: 2
    resources:
        mem_mb=4000,
    params:
        domain=sources.domain,
        features=sources.features_option,
    shell:
        "(python -m scripts.curate.featurise_questions --domain {params.domain:q}"
        " --questions {input.questions:q} {params.features} --jobs {threads}"
        " --output {output:q}) 2>&1 | tee {log:q}"


rule filter_complete:
    input:
        questions="results/{study}/questions/featurised.parquet",
        code=code_of("scripts.curate.filter_complete"),
    output:
        kept="results/{study}/questions/complete.parquet",
        dropped="results/{study}/questions/dropped/complete.parquet",
    log:
        "results/{study}/logs/questions/complete.log",
    conda:
        "../envs/ttscale.yaml"
    resources:
        mem_mb=6000,
    params:
        verdicts=files.verdicts_option,
    shell:
        "(python -m scripts.curate.filter_complete --questions {input.questions:q}"
        " {params.verdicts} --output {output.kept:q} --dropped {output.dropped:q}) 2>&1 | tee {log:q}"


rule filter_quality:
    input:
        questions="results/{study}/questions/featurised.parquet",
        before="results/{study}/questions/complete.parquet",
        code=code_of("scripts.curate.filter_quality"),
    output:
        kept="results/{study}/questions/quality.parquet",
        dropped="results/{study}/questions/dropped/quality.parquet",
    log:
        "results/{study}/logs/questions/quality.log",
    conda:
        "../envs/ttscale.yaml"
    resources:
        mem_mb=6000,
    params:
        spec=files.quality_spec,
    shell:
        "(python -m scripts.curate.filter_quality --questions {input.questions:q}"
        " --kept {input.before:q} --spec {params.spec:q}"
        " --output {output.kept:q} --dropped {output.dropped:q}) 2>&1 | tee {log:q}"


rule filter_difficulty:
    input:
        questions="results/{study}/questions/featurised.parquet",
        before="results/{study}/questions/quality.parquet",
        code=code_of("scripts.curate.filter_difficulty"),
    output:
        kept="results/{study}/questions/difficulty.parquet",
        dropped="results/{study}/questions/dropped/difficulty.parquet",
    log:
        "results/{study}/logs/questions/difficulty.log",
    conda:
        "../envs/ttscale.yaml"
    resources:
        mem_mb=6000,
    shell:
        "(python -m scripts.curate.filter_difficulty --questions {input.questions:q}"
        " --kept {input.before:q}"
        " --output {output.kept:q} --dropped {output.dropped:q}) 2>&1 | tee {log:q}"


rule select_questions:
    input:
        questions="results/{study}/questions/featurised.parquet",
        before=files.selection_questions,
        code=code_of("scripts.curate.select_questions"),
    output:
        "results/{study}/selections/{selection}.parquet",
    log:
        "results/{study}/logs/selections/{selection}.log",
    wildcard_constraints:
        selection=one_of(files.curated_selections()),
    conda:
        "../envs/ttscale.yaml"
    resources:
        mem_mb=6000,
    params:
        spec=files.selection_spec,
    shell:
        "(python -m scripts.curate.select_questions --spec {params.spec:q}"
        " --selection {wildcards.selection:q} --questions {input.questions:q}"
        " --kept {input.before:q} --output {output:q}) 2>&1 | tee {log:q}"


rule import_selection:
    input:
        tokenizer=sources.published_inputs,
        code=code_of("scripts.curate.import_selection"),
    output:
        "results/{study}/selections/{selection}.parquet",
    log:
        "results/{study}/logs/selections/{selection}.log",
    wildcard_constraints:
        selection=one_of(files.published_selections()),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.published_spec,
        tokenizer=sources.published_tokenizer,
    shell:
        "(python -m scripts.curate.import_selection --spec {params.spec:q}"
        " --selection {wildcards.selection:q} --tokenizer {params.tokenizer:q}"
        " --output {output:q}) 2>&1 | tee {log:q}"
