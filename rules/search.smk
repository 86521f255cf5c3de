# Search against a verifier: step labels, scores, and what a search finds and spends.
#
# needs: results/{study}/problems/, results/{study}/pools/, results/{study}/models/
# makes: results/{study}/labels/, results/{study}/scores/, results/{study}/pools/ of kind searched,
#        results/{study}/models/ of kind verifier, results/{study}/journal/


rule label_steps:
    input:
        unpack(files.labelled_inputs),
        code=code_of("scripts.search.label_steps"),
    output:
        "results/{study}/labels/{labels}.parquet",
    log:
        "results/{study}/logs/labels/{labels}.log",
    wildcard_constraints:
        labels=one_of(files.labels(RolloutLabels)),
    conda:
        "../envs/ttscale.yaml"
    resources:
        mem_mb=sizes.labels.memory,
        gpu=sizes.labels.gpus,
        gpu_model=sizes.labels.gpu_model,
        runtime=sizes.labels.minutes,
        slurm_partition=sizes.labels.partition,
    params:
        spec=files.labels_spec,
        model=files.labels_model,
        prompt=files.labels_prompt,
        weights=files.labels_weights,
        journal=files.labels_journal,
    shell:
        "(python -m scripts.search.label_steps --spec {params.spec:q} --labels {wildcards.labels:q}"
        " --model-spec {params.model:q} {params.weights} --prompt {params.prompt:q}"
        " --problems {input.problems:q} --traces {input.traces:q} --answers {input.answers:q}"
        " --journal {params.journal:q} --output {output:q}) 2>&1 | tee {log:q}"


rule import_labels:
    input:
        unpack(files.labelled_inputs),
        code=code_of("scripts.search.import_labels"),
    output:
        "results/{study}/labels/{labels}.parquet",
    log:
        "results/{study}/logs/labels/{labels}.log",
    wildcard_constraints:
        labels=one_of(files.labels(ImportedLabels)),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.labels_spec,
    shell:
        "(python -m scripts.search.import_labels --spec {params.spec:q}"
        " --labels {wildcards.labels:q} --recording {input.recording:q}"
        " --output {output:q}) 2>&1 | tee {log:q}"


rule train_verifier:
    input:
        unpack(files.verifier_inputs),
        code=code_of("scripts.train.train_verifier"),
    output:
        weights="results/{study}/models/{model}/model.safetensors",
        files=expand("results/{{study}}/models/{{model}}/{name}", name=VERIFIER_FILES),
        training="results/{study}/models/{model}/training.csv",
        timing="results/{study}/models/{model}/timing.csv",
        held_out="results/{study}/models/{model}/held_out.csv",
    log:
        "results/{study}/logs/models/{model}.log",
    wildcard_constraints:
        model=one_of(files.trained_verifiers()),
    conda:
        "../envs/ttscale.yaml"
    resources:
        mem_mb=sizes.training.memory,
        gpu=sizes.training.gpus,
        gpu_model=sizes.training.gpu_model,
        runtime=sizes.training.minutes,
        slurm_partition=sizes.training.partition,
    params:
        spec=files.verifier_spec,
        prompt=files.verifier_prompt,
        base=files.verifier_base,
        folder=subpath(output.weights, parent=True),
    shell:
        "(python -m scripts.train.train_verifier --spec {params.spec:q}"
        " --prompt {params.prompt:q} --labels {input.labels:q} {params.base}"
        " --output {params.folder:q}) 2>&1 | tee {log:q}"


rule score_pool:
    input:
        unpack(files.score_inputs),
        code=code_of("scripts.search.score_pool"),
    output:
        "results/{study}/scores/{pool}/{model}.parquet",
    log:
        "results/{study}/logs/scores/{pool}.{model}.log",
    wildcard_constraints:
        model=one_of(files.verifiers()),
    conda:
        "../envs/ttscale.yaml"
    resources:
        mem_mb=sizes.scores.memory,
        gpu=sizes.scores.gpus,
        gpu_model=sizes.scores.gpu_model,
        runtime=sizes.scores.minutes,
        slurm_partition=sizes.scores.partition,
    params:
        verifier=files.scorer_option,
        solver=files.solver_option,
        journal=files.scores_journal,
    shell:
        "(python -m scripts.search.score_pool --pool {wildcards.pool:q}"
        " --verifier {wildcards.model:q} {params.verifier} {params.solver}"
        " --problems {input.problems:q} --traces {input.traces:q}"
        " --journal {params.journal:q} --output {output:q}) 2>&1 | tee {log:q}"


rule search_pool:
    input:
        unpack(files.search_inputs),
        code=code_of("scripts.search.search_pool"),
    output:
        traces="results/{study}/pools/{pool}/traces.parquet",
        steps="results/{study}/pools/{pool}/steps.parquet",
        spent="results/{study}/pools/{pool}/spent.parquet",
    log:
        "results/{study}/logs/pools/{pool}.search.log",
    wildcard_constraints:
        pool=one_of(files.whole(files.searched_pools())),
    conda:
        "../envs/ttscale.yaml"
    resources:
        mem_mb=sizes.pool.memory,
        gpu=sizes.pool.gpus,
        gpu_model=sizes.pool.gpu_model,
        runtime=sizes.pool.minutes,
        slurm_partition=sizes.pool.partition,
    params:
        spec=files.pool_spec,
        model=files.pool_model,
        prompts=files.pool_prompts,
        weights=files.weights_option,
        verifier=files.pool_verifier_option,
        journal=files.journal,
        shard=files.shard_option,
    shell:
        "(python -m scripts.search.search_pool --spec {params.spec:q} --pool {wildcards.pool:q}"
        " --model-spec {params.model:q} {params.weights} {params.verifier}"
        " --prompts {params.prompts:q} --problems {input.problems:q} {params.shard}"
        " --journal {params.journal:q} --output {output.traces:q} --steps {output.steps:q}"
        " --spent {output.spent:q}) 2>&1 | tee {log:q}"


# One of the jobs that share a search; rule merge_shards joins their tables.
use rule search_pool as search_shard with:
    output:
        traces="results/{study}/pools/{pool}/shards/{shard}/traces.parquet",
        steps="results/{study}/pools/{pool}/shards/{shard}/steps.parquet",
        spent="results/{study}/pools/{pool}/shards/{shard}/spent.parquet",
    log:
        "results/{study}/logs/pools/{pool}.{shard}.search.log",
    wildcard_constraints:
        pool=one_of(files.sharded(files.searched_pools())),
