# Fetched files and models, and the tables of problems and recorded samples.
#
# needs: data/sources.csv, the network or a mirror folder
# makes: data/fetched/, results/{study}/published/ (the models themselves go into the Hub's cache),
#        results/{study}/problems/, results/{study}/pools/ of recorded samples


# They run where the command is typed: a cluster's nodes may have no network.
localrules:
    fetch_source,
    fetch_model,


rule fetch_source:
    input:
        sources="data/sources.csv",
        code=code_of("scripts.data.fetch_source"),
    output:
        "data/fetched/{name}",
    log:
        "logs/fetch/{name}.log",
    wildcard_constraints:
        name=one_of(files.study.sources()),
    retries: 1
    conda:
        "../envs/ttscale.yaml"
    params:
        mirror=f"--mirror {files.study.mirror}" if files.study.mirror else "",
    shell:
        "(python -m scripts.data.fetch_source --name {wildcards.name:q}"
        " --sources {input.sources:q} {params.mirror} --output {output:q}) 2>&1 | tee {log:q}"


rule fetch_model:
    input:
        code=code_of("scripts.data.fetch_model"),
    output:
        "results/{study}/published/{model}/{part}.json",
    log:
        "results/{study}/logs/published/{model}.{part}.log",
    wildcard_constraints:
        model=one_of(files.published()),
        part="weights|tokenizer",
    retries: 1
    conda:
        "../envs/ttscale.yaml"
    params:
        model=files.fetched_option,
    shell:
        "(python -m scripts.data.fetch_model {params.model} --part {wildcards.part}"
        " --output {output:q}) 2>&1 | tee {log:q}"


rule import_problems:
    input:
        sources="data/sources.csv",
        problems=files.source_of,
        code=code_of("scripts.data.import_problems"),
    output:
        "results/{study}/problems/{benchmark}.parquet",
    log:
        "results/{study}/logs/problems/{benchmark}.log",
    wildcard_constraints:
        benchmark=one_of(files.benchmarks(SourceBenchmark)),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.benchmark_spec,
    shell:
        "(python -m scripts.data.import_problems --spec {params.spec:q}"
        " --benchmark {wildcards.benchmark:q} --sources {input.sources:q}"
        " --input {input.problems:q} --output {output:q}) 2>&1 | tee {log:q}"


rule generate_problems:
    input:
        exclude=files.problems_to_exclude,
        code=code_of("scripts.data.generate_problems"),
    output:
        "results/{study}/problems/{benchmark}.parquet",
    log:
        "results/{study}/logs/problems/{benchmark}.log",
    wildcard_constraints:
        benchmark=one_of(files.benchmarks(GeneratedBenchmark)),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.benchmark_spec,
    shell:
        "(python -m scripts.data.generate_problems --spec {params.spec:q}"
        " --benchmark {wildcards.benchmark:q} --exclude {input.exclude:q}"
        " --output {output:q}) 2>&1 | tee {log:q}"


rule import_samples:
    input:
        unpack(files.recording),
        code=code_of("scripts.data.import_samples"),
    output:
        traces="results/{study}/pools/{pool}/traces.parquet",
        problems="results/{study}/pools/{pool}/problems.parquet",
    log:
        "results/{study}/logs/pools/{pool}.import.log",
    wildcard_constraints:
        pool=one_of(files.pools(RecordedPool)),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.pool_spec,
        problems=files.recording_problems,
        tokenizer=files.recording_tokenizer,
    shell:
        "(python -m scripts.data.import_samples --spec {params.spec:q}"
        " --pool {wildcards.pool:q} --input {input.recording:q} {params.problems}"
        " {params.tokenizer}"
        " --traces {output.traces:q} --problems-out {output.problems:q}) 2>&1 | tee {log:q}"
