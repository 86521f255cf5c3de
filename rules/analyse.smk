# Curves and their fits.
#
# needs: results/{study}/pools/, results/{study}/models/, results/{study}/scores/,
#        data/reference/
# makes: results/{study}/curves/, results/{study}/outcomes/, results/{study}/fits/,
#        results/{study}/bins/, results/{study}/choices/


rule tabulate_curve:
    input:
        unpack(files.curve_inputs),
        code=code_of("scripts.analyse.tabulate_curve"),
    output:
        points=CURVE,
        outcomes="results/{study}/outcomes/{curve}.parquet",
    log:
        "results/{study}/logs/curves/{curve}.log",
    wildcard_constraints:
        curve=one_of(files.curves("samples")),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.curve_spec,
        samples=files.curve_samples,
        origin=files.curve_origin,
        bootstrap=files.study.bootstrap,
    shell:
        "(python -m scripts.analyse.tabulate_curve --spec {params.spec:q}"
        " --curve {wildcards.curve:q} {params.samples} --origin {params.origin:q}"
        " --bootstrap {params.bootstrap} --outcomes {output.outcomes:q}"
        " --output {output.points:q}) 2>&1 | tee {log:q}"


rule tabulate_published:
    input:
        reference=files.curve_reference,
        code=code_of("scripts.analyse.tabulate_published"),
    output:
        CURVE,
    log:
        "results/{study}/logs/curves/{curve}.log",
    wildcard_constraints:
        curve=one_of(files.curves("published")),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.curve_spec,
    shell:
        "(python -m scripts.analyse.tabulate_published --spec {params.spec:q}"
        " --curve {wildcards.curve:q} --reference {input.reference:q}"
        " --output {output:q}) 2>&1 | tee {log:q}"


rule tabulate_counts:
    input:
        reference=files.curve_reference,
        code=code_of("scripts.analyse.tabulate_counts"),
    output:
        points=CURVE,
        outcomes="results/{study}/outcomes/{curve}.parquet",
    log:
        "results/{study}/logs/curves/{curve}.log",
    wildcard_constraints:
        curve=one_of(files.curves("counts")),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.curve_spec,
        bootstrap=files.study.bootstrap,
    shell:
        "(python -m scripts.analyse.tabulate_counts --spec {params.spec:q}"
        " --curve {wildcards.curve:q} --reference {input.reference:q}"
        " --bootstrap {params.bootstrap} --outcomes {output.outcomes:q}"
        " --output {output.points:q}) 2>&1 | tee {log:q}"


rule tabulate_bins:
    input:
        unpack(files.bins_inputs),
        code=code_of("scripts.analyse.tabulate_bins"),
    output:
        "results/{study}/bins/{bins}.parquet",
    log:
        "results/{study}/logs/bins/{bins}.log",
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.bins_spec,
        scores=files.bins_scores,
    shell:
        "(python -m scripts.analyse.tabulate_bins --spec {params.spec:q} --bins {wildcards.bins:q}"
        " --answers {input.answers:q} --costs {input.costs:q} {params.scores}"
        " --output {output:q}) 2>&1 | tee {log:q}"


rule tabulate_optimal:
    input:
        unpack(files.optimal_inputs),
        code=code_of("scripts.analyse.tabulate_optimal"),
    output:
        points=CURVE,
        outcomes="results/{study}/outcomes/{curve}.parquet",
        choices="results/{study}/choices/{curve}.csv",
    log:
        "results/{study}/logs/curves/{curve}.log",
    wildcard_constraints:
        curve=one_of(files.curves("curves")),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.curve_spec,
        bootstrap=files.study.bootstrap,
    shell:
        "(python -m scripts.analyse.tabulate_optimal --spec {params.spec:q}"
        " --curve {wildcards.curve:q} --from-points {input.points:q}"
        " --from-outcomes {input.outcomes:q} --bins {input.bins:q}"
        " --bootstrap {params.bootstrap} --choices {output.choices:q}"
        " --outcomes {output.outcomes:q} --output {output.points:q}) 2>&1 | tee {log:q}"


rule fit_obedience:
    input:
        unpack(files.fit_inputs),
        code=code_of("scripts.analyse.fit_obedience"),
    output:
        "results/{study}/fits/{curve}.csv",
    log:
        "results/{study}/logs/fits/{curve}.log",
    wildcard_constraints:
        curve=one_of(files.obeying()),
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


rule fit_length_control:
    input:
        unpack(files.outcome_inputs),
        code=code_of("scripts.analyse.fit_length_control"),
    output:
        "results/{study}/fits/{curve}.csv",
    log:
        "results/{study}/logs/fits/{curve}.log",
    wildcard_constraints:
        curve=one_of(files.length_controlled()),
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.curve_spec,
        outcomes=files.outcomes_option,
        bootstrap=files.study.bootstrap,
    shell:
        "(python -m scripts.analyse.fit_length_control --spec {params.spec:q}"
        " --curve {wildcards.curve:q} --points {input.points:q} {params.outcomes}"
        " --bootstrap {params.bootstrap} --output {output:q}) 2>&1 | tee {log:q}"


rule fit_seeds:
    input:
        unpack(files.outcome_inputs),
        code=code_of("scripts.analyse.fit_seeds"),
    output:
        "results/{study}/fits/{curve}.csv",
    log:
        "results/{study}/logs/fits/{curve}.log",
    wildcard_constraints:
        curve=one_of(files.seeded()),
    conda:
        "../envs/ttscale.yaml"
    shell:
        "(python -m scripts.analyse.fit_seeds --curve {wildcards.curve:q}"
        " --points {input.points:q} --outcomes {input.outcomes:q}"
        " --output {output:q}) 2>&1 | tee {log:q}"
