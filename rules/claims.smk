# What papers and readers claim, judged by the tables of the study (config/claims.yaml).
#
# needs: data/reference/, and of results/{study}/: curves/, outcomes/, fits/, tables/
# makes: results/{study}/verdicts.csv


rule judge_claims:
    input:
        tables=files.claim_tables,
        code=code_of("scripts.analyse.judge_claims"),
    output:
        "results/{study}/verdicts.csv",
    log:
        "results/{study}/logs/verdicts.log",
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.claim_spec,
        tables=files.claim_options,
        missing=files.claim_missing,
        bootstrap=files.study.bootstrap,
    shell:
        "(python -m scripts.analyse.judge_claims --spec {params.spec:q} {params.tables}"
        " {params.missing} --bootstrap {params.bootstrap}"
        " --output {output:q}) 2>&1 | tee {log:q}"
