# What samples are worth: graded, and accounted for.
#
# needs: results/{study}/pools/, results/{study}/problems/, results/{study}/models/
# makes: results/{study}/pools/{pool}/answers.parquet and costs.parquet


rule grade_pool:
    input:
        traces="results/{study}/pools/{pool}/traces.parquet",
        problems=files.pool_problems,
        code=code_of("scripts.sample.grade_pool"),
    output:
        "results/{study}/pools/{pool}/answers.parquet",
    log:
        "results/{study}/logs/pools/{pool}.grade.log",
    conda:
        "../envs/ttscale.yaml"
    # Many pools are graded side by side, and starting costs each more than judging its answers.
    threads: 1
    shell:
        "(python -m scripts.sample.grade_pool --pool {wildcards.pool:q}"
        " --traces {input.traces:q} --problems {input.problems:q}"
        " --jobs {threads} --output {output:q}) 2>&1 | tee {log:q}"


rule account_pool:
    input:
        traces="results/{study}/pools/{pool}/traces.parquet",
        weights=files.pool_weights,
        code=code_of("scripts.sample.account_pool"),
    output:
        "results/{study}/pools/{pool}/costs.parquet",
    log:
        "results/{study}/logs/pools/{pool}.account.log",
    wildcard_constraints:
        pool=one_of(files.unsearched_pools()),
    conda:
        "../envs/ttscale.yaml"
    params:
        weights=files.weights_option,
        facts=files.facts_option,
    shell:
        "(python -m scripts.sample.account_pool --pool {wildcards.pool:q}"
        " --traces {input.traces:q} {params.weights} {params.facts}"
        " --output {output:q}) 2>&1 | tee {log:q}"


rule account_search:
    input:
        spent="results/{study}/pools/{pool}/spent.parquet",
        weights=files.pool_weights,
        verifier=files.pool_verifier_weights,
        code=code_of("scripts.search.account_search"),
    output:
        "results/{study}/pools/{pool}/costs.parquet",
    log:
        "results/{study}/logs/pools/{pool}.account.log",
    wildcard_constraints:
        pool=one_of(files.searched_pools()),
    conda:
        "../envs/ttscale.yaml"
    params:
        solver=files.weights_option,
        facts=files.facts_option,
        verifier=files.pool_verifier_size,
    shell:
        "(python -m scripts.search.account_search --pool {wildcards.pool:q}"
        " --spent {input.spent:q} {params.solver} {params.facts} {params.verifier}"
        " --output {output:q}) 2>&1 | tee {log:q}"
