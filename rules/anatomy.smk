# What methods did with one problem, for figures that explain them.
#
# needs: results/{study}/problems/, results/{study}/pools/, results/{study}/scores/,
#        results/{study}/models/, results/{study}/journal/ of searches
# makes: results/{study}/pools/{pool}/anatomy/


rule tabulate_anatomy:
    input:
        unpack(files.anatomy_inputs),
        code=code_of("scripts.analyse.tabulate_anatomy"),
    output:
        "results/{study}/pools/{pool}/anatomy/{anatomy}.parquet",
    log:
        "results/{study}/logs/anatomy/{pool}.{anatomy}.log",
    wildcard_constraints:
        anatomy=one_of(files.tabulated()),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.anatomy_spec,
        options=files.anatomy_options,
    shell:
        "(python -m scripts.analyse.tabulate_anatomy --spec {params.spec:q}"
        " --anatomy {wildcards.anatomy:q} --problems {input.problems:q} --traces {input.traces:q}"
        " --answers {input.answers:q} {params.options} --output {output:q}) 2>&1 | tee {log:q}"


# It opens both models, whose names the journal knows its responses and scores by, and asks neither.
rule replay_search:
    input:
        unpack(files.anatomy_inputs),
        code=code_of("scripts.search.replay_search"),
    output:
        "results/{study}/pools/{pool}/anatomy/{anatomy}.parquet",
    log:
        "results/{study}/logs/anatomy/{pool}.{anatomy}.log",
    wildcard_constraints:
        anatomy=one_of(files.replayed()),
    conda:
        "../envs/ttscale.yaml"
    resources:
        mem_mb=sizes.pool.memory,
        gpu=sizes.pool.gpus,
        gpu_model=sizes.pool.gpu_model,
        runtime=sizes.pool.minutes,
        slurm_partition=sizes.pool.partition,
    params:
        anatomy=files.anatomy_spec,
        spec=files.pool_spec,
        model=files.pool_model,
        prompts=files.pool_prompts,
        weights=files.weights_option,
        verifier=files.pool_verifier_option,
        journal=files.journal,
        judge=files.judge_option,
    shell:
        "(python -m scripts.search.replay_search --anatomy {wildcards.anatomy:q}"
        " --anatomy-spec {params.anatomy:q} --spec {params.spec:q} --pool {wildcards.pool:q}"
        " --model-spec {params.model:q} {params.weights} {params.verifier}"
        " --prompts {params.prompts:q} --problems {input.problems:q} --traces {input.traces:q}"
        " --spent {input.spent:q} --answers {input.answers:q} {params.judge}"
        " --journal {params.journal:q} --output {output:q}) 2>&1 | tee {log:q}"
