# Curves and their fits.
#
# needs: results/{study}/pools/, data/reference/
# makes: results/{study}/curves/, results/{study}/fits/


rule tabulate_curve:
    input:
        unpack(files.curve_inputs),
        code=code_of("scripts.analyse.tabulate_curve"),
    output:
        "results/{study}/curves/{curve}.csv",
    log:
        "results/{study}/logs/curves/{curve}.log",
    wildcard_constraints:
        curve=one_of(files.curves(published=False)),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.curve_spec,
        model=files.curve_model,
        origin=files.curve_origin,
        training=files.training_option,
        bootstrap=files.study.bootstrap,
    shell:
        "(python -m scripts.analyse.tabulate_curve --spec {params.spec:q}"
        " --curve {wildcards.curve:q} --model {params.model:q} --origin {params.origin:q}"
        " --traces {input.traces:q} --answers {input.answers:q} --costs {input.costs:q}"
        " {params.training} --bootstrap {params.bootstrap} --output {output:q}) 2>&1 | tee {log:q}"


rule tabulate_published:
    input:
        reference=files.curve_reference,
        code=code_of("scripts.analyse.tabulate_published"),
    output:
        "results/{study}/curves/{curve}.csv",
    log:
        "results/{study}/logs/curves/{curve}.log",
    wildcard_constraints:
        curve=one_of(files.curves(published=True)),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.curve_spec,
    shell:
        "(python -m scripts.analyse.tabulate_published --spec {params.spec:q}"
        " --curve {wildcards.curve:q} --reference {input.reference:q}"
        " --output {output:q}) 2>&1 | tee {log:q}"


rule fit_obedience:
    input:
        unpack(files.fit_inputs),
        code=code_of("scripts.analyse.fit_obedience"),
    output:
        "results/{study}/fits/{curve}.csv",
    log:
        "results/{study}/logs/fits/{curve}.log",
    wildcard_constraints:
        curve=one_of(files.fitted()),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.curve_spec,
        traces=files.traces_option,
        bootstrap=files.study.bootstrap,
    shell:
        "(python -m scripts.analyse.fit_obedience --spec {params.spec:q}"
        " --curve {wildcards.curve:q} --points {input.points:q} {params.traces}"
        " --bootstrap {params.bootstrap} --output {output:q}) 2>&1 | tee {log:q}"
