# Figures.
#
# needs: data/reference/, and of results/{study}/: curves/, fits/, tables/, selections/,
#        outcomes/, bins/, models/{model}/training.csv, pools/{pool}/anatomy/
# makes: results/{study}/figures/


# Seconds each, of small tables: a job of a cluster would wait for longer.
localrules:
    plot_figure,


rule plot_figure:
    input:
        points=files.figure_points,
        fits=files.figure_fits,
        references=files.figure_references,
        tables=files.figure_tables,
        questions=files.figure_questions,
        training=files.figure_training,
        outcomes=files.figure_outcomes,
        bins=files.figure_bins,
        anatomies=files.figure_anatomies,
        style="config/figures.mplstyle",
        code=code_of("scripts.figures.plot_figure"),
    output:
        png=report(
            "results/{study}/figures/{figure}.png",
            caption="../report/figure.rst",
            category="Figures",
            subcategory=files.report_status,
            labels=files.report_figure,
        ),
        svg="results/{study}/figures/{figure}.svg",
        pdf="results/{study}/figures/{figure}.pdf",
        data="results/{study}/figures/{figure}.csv",
        about="results/{study}/figures/{figure}.txt",
    log:
        "results/{study}/logs/figures/{figure}.log",
    conda:
        "../envs/ttscale.yaml"
    params:
        spec=files.figure_spec,
        labels=files.figure_labels,
        missing=files.figure_missing,
        made_by=files.figure_command,
    shell:
        "(python -m scripts.figures.plot_figure --spec {params.spec:q}"
        " --labels {params.labels:q} {params.missing} --points {input.points:q} --fits {input.fits:q}"
        " --reference {input.references:q} --tables {input.tables:q}"
        " --questions {input.questions:q} --training {input.training:q}"
        " --outcomes {input.outcomes:q} --bins {input.bins:q}"
        " --anatomies {input.anatomies:q} --style {input.style:q}"
        " --output {output.png:q} {output.svg:q} {output.pdf:q} --data {output.data:q}"
        " --about {output.about:q} --made-by {params.made_by:q}) 2>&1 | tee {log:q}"
