# Tables as papers print them.
#
# needs: results/{study}/curves/, results/{study}/fits/, results/{study}/choices/,
#        results/{study}/tables/
# makes: results/{study}/export/


localrules:
    format_table,


rule format_table:
    input:
        table="results/{study}/{folder}/{printed}.csv",
        code=code_of("scripts.export.format_table"),
    output:
        markdown="results/{study}/export/{folder}/{printed}.md",
        latex="results/{study}/export/{folder}/{printed}.tex",
    log:
        "results/{study}/logs/export/{folder}/{printed}.log",
    wildcard_constraints:
        folder="curves|fits|choices|tables",
        printed=one_of(files.printable()),
    conda:
        "../envs/ttscale.yaml"
    params:
        kind=files.printed_kind,
        title=files.printed_title,
    shell:
        "(python -m scripts.export.format_table --table {input.table:q} --kind {params.kind}"
        " --title {params.title:q} --label {wildcards.study}-{wildcards.folder}-{wildcards.printed}"
        " --markdown {output.markdown:q} --latex {output.latex:q}) 2>&1 | tee {log:q}"
