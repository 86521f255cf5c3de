# Samples of a pool, drawn through the journal.
#
# needs: results/{study}/problems/, results/{study}/models/ for models trained here
# makes: results/{study}/pools/{pool}/, results/{study}/journal/{pool}/
#
# The tables of a pool that several jobs draw (`shards`) are merged from theirs.


localrules:
    ask_pool,


rule sample_pool:
    input:
        problems=files.pool_problems,
        weights=files.pool_loaded,
        code=files.sampling_code,
    output:
        "results/{study}/pools/{pool}/traces.parquet",
    log:
        "results/{study}/logs/pools/{pool}.sample.log",
    wildcard_constraints:
        pool=one_of(files.whole(files.drawn_pools())),
    conda:
        "../envs/ttscale.yaml"
    resources:
        mem_mb=sizes.pool.memory,
        gpu=sizes.pool.gpus,
        gpu_model=sizes.pool.gpu_model,
        runtime=sizes.pool.minutes,
        slurm_partition=sizes.pool.partition,
    params:
        program=files.sampling_program,
        spec=files.pool_spec,
        model=files.pool_model,
        prompts=files.pool_prompts,
        weights=files.weights_option,
        facts=files.facts_option,
        journal=files.journal,
        shard=files.shard_option,
    shell:
        "(python -m {params.program} --spec {params.spec:q}"
        " --pool {wildcards.pool:q} --model-spec {params.model:q} --prompts {params.prompts:q}"
        " --problems {input.problems:q} {params.shard} {params.weights} {params.facts}"
        " --journal {params.journal:q} --output {output:q}) 2>&1 | tee {log:q}"


# An API is asked from the machine that has the key and the network: a cluster's nodes may have none.
use rule sample_pool as ask_pool with:
    wildcard_constraints:
        pool=one_of(files.asked_pools()),


# One of the jobs that share a pool. All read the whole journal, and each writes a file of its own.
use rule sample_pool as sample_shard with:
    output:
        "results/{study}/pools/{pool}/shards/{shard}/traces.parquet",
    log:
        "results/{study}/logs/pools/{pool}.{shard}.sample.log",
    wildcard_constraints:
        pool=one_of(files.sharded(files.drawn_pools())),


rule merge_shards:
    input:
        shards=files.shard_tables,
        problems=files.pool_problems,
        code=code_of("scripts.sample.merge_shards"),
    output:
        "results/{study}/pools/{pool}/{part}.parquet",
    log:
        "results/{study}/logs/pools/{pool}.{part}.merge.log",
    wildcard_constraints:
        pool=one_of(files.sharded(files.study.pools)),
        part="traces|steps|spent",
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.pool_spec,
    shell:
        "(python -m scripts.sample.merge_shards --spec {params.spec:q} --pool {wildcards.pool:q}"
        " --table {wildcards.part} --problems {input.problems:q} --shards {input.shards:q}"
        " --output {output:q}) 2>&1 | tee {log:q}"
