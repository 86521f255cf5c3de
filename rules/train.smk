# Models that the study trains itself or fine-tunes.
#
# needs: results/{study}/problems/ (what no model may be trained on), results/{study}/selections/,
#        results/{study}/pools/ of training questions
# makes: results/{study}/models/{model}/, results/{study}/checkpoints/{model}/ while it trains,
#        results/{study}/pairs/ of models that revise


rule train_base:
    input:
        exclude=files.chains_problems,
        code=code_of("scripts.train.train_base"),
    output:
        weights="results/{study}/models/{model}/model.safetensors",
        files=expand("results/{{study}}/models/{{model}}/{name}", name=MODEL_FILES),
        training="results/{study}/models/{model}/training.csv",
        timing="results/{study}/models/{model}/timing.csv",
    log:
        "results/{study}/logs/models/{model}.log",
    wildcard_constraints:
        model=one_of(files.trained()),
    conda:
        "../envs/ttscale.yaml"
    resources:
        mem_mb=4000,
    params:
        spec=files.training_spec,
        prompts=files.corpus_prompts,
        folder=subpath(output.weights, parent=True),
    shell:
        "(python -m scripts.train.train_base --spec {params.spec:q}"
        " --prompts {params.prompts:q} --exclude {input.exclude:q}"
        " --output {params.folder:q}) 2>&1 | tee {log:q}"


rule pair_revisions:
    input:
        unpack(files.pair_inputs),
        code=code_of("scripts.train.pair_revisions"),
    output:
        "results/{study}/pairs/{model}.parquet",
    log:
        "results/{study}/logs/pairs/{model}.log",
    wildcard_constraints:
        model=one_of(files.revising()),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.pair_spec,
    shell:
        "(python -m scripts.train.pair_revisions --spec {params.spec:q}"
        " --problems {input.problems:q} --traces {input.traces:q} --answers {input.answers:q}"
        " --output {output:q}) 2>&1 | tee {log:q}"


rule train_sft:
    input:
        unpack(files.tuning_inputs),
        code=code_of("scripts.train.train_sft"),
    output:
        weights="results/{study}/models/{model}/model.safetensors",
        files=expand("results/{{study}}/models/{{model}}/{name}", name=MODEL_FILES),
        training="results/{study}/models/{model}/training.csv",
        timing="results/{study}/models/{model}/timing.csv",
        examples="results/{study}/models/{model}/examples.csv",
    log:
        "results/{study}/logs/models/{model}.log",
    wildcard_constraints:
        model=one_of(files.tuned()),
    conda:
        "../envs/ttscale.yaml"
    resources:
        mem_mb=sizes.training.memory,
        gpu=sizes.training.gpus,
        nodes=sizes.training.nodes,
        gpu_model=sizes.training.gpu_model,
        runtime=sizes.training.minutes,
        slurm_partition=sizes.training.partition,
        # No parameter: how a training is started changes nothing of what it makes.
        launcher=files.launcher,
    params:
        spec=files.tuning_spec,
        prompt=files.tuning_prompt,
        data=files.tuning_data,
        base=files.base_option,
        checkpoints=files.checkpoints,
        folder=subpath(output.weights, parent=True),
    shell:
        "({resources.launcher} -m scripts.train.train_sft --spec {params.spec:q}"
        " --prompt {params.prompt:q} {params.data} {params.base}"
        " --checkpoints {params.checkpoints:q} --output {params.folder:q}) 2>&1 | tee {log:q}"
