# Training questions: collected, and described by features.
#
# needs: results/{study}/problems/ of generated benchmarks, files or the Hub,
#        results/{study}/pools/ of reference models
# makes: results/{study}/questions/sources/, results/{study}/questions/featurised.parquet,
#        results/{study}/problems/ of benchmarks made of questions

sources = SourceFiles(files)


rule collect_questions:
    input:
        unpack(sources.inputs),
        code=code_of("scripts.curate.collect_questions"),
    output:
        "results/{study}/questions/sources/{source}.parquet",
    log:
        "results/{study}/logs/questions/sources/{source}.log",
    wildcard_constraints:
        source=one_of(sources.names()),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=sources.spec,
        inputs=sources.inputs_option,
    shell:
        "(python -m scripts.curate.collect_questions --spec {params.spec:q}"
        " --source {wildcards.source:q} {params.inputs} --output {output:q}) 2>&1 | tee {log:q}"


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
        " --questions {input.questions:q} {params.features} --output {output:q}) 2>&1 | tee {log:q}"
