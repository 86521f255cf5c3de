# Models that the study trains itself.
#
# needs: results/{study}/problems/ (what no model may be trained on)
# makes: results/{study}/models/{model}/


rule train_base:
    input:
        exclude=files.chains_problems,
        code=code_of("scripts.train.train_base"),
    output:
        weights="results/{study}/models/{model}/model.safetensors",
        files=expand("results/{{study}}/models/{{model}}/{name}", name=MODEL_FILES),
        training="results/{study}/models/{model}/training.csv",
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
