# What people read: the page of a study, and Snakemake's own report.
#
# needs: data/reference/, and of results/{study}/: figures/, curves/, pools/, problems/, scores/,
#        models/{model}/tokenizer.json, verdicts.csv
# makes: results/{study}/index.html


report: "../report/workflow.rst"


rule write_page:
    input:
        unpack(files.page_inputs),
        assets=assets(),
        code=code_of("scripts.report.write_page"),
    output:
        "results/{study}/index.html",
    log:
        "results/{study}/logs/page.log",
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.page_spec,
        options=files.page_options,
    shell:
        "(python -m scripts.report.write_page --spec {params.spec:q}"
        " --points {input.points:q} --tables {input.tables:q}"
        " --reference {input.references:q}"
        " --figures {input.figures:q} {params.options}"
        " --output {output:q}) 2>&1 | tee {log:q}"
