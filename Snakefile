from snakemake.utils import min_version

min_version("9.27")

# The default study, unless one is named on the command line or by a profile: two never mix.
if not workflow.overwrite_configfiles:

    configfile: "config/tiny.yaml"


include: "rules/common.smk"
include: "rules/data.smk"


# What takes GPUs, keys or days. With `samples: pulled` nothing can start it: it was made elsewhere.
if files.study.samples == "built":

    include: "rules/curate.smk"
    include: "rules/train.smk"
    include: "rules/sample.smk"
    include: "rules/search.smk"
    include: "rules/anatomy.smk"

else:

    include: "rules/pulled.smk"


include: "rules/grade.smk"
include: "rules/analyse.smk"
include: "rules/tables.smk"
include: "rules/claims.smk"
include: "rules/figures.smk"
include: "rules/export.smk"
include: "rules/report.smk"


localrules:
    all,
    figures,
    curves,
    tables,
    verdicts,
    export,
    samples,
    shared,
    metrics,


rule all:
    default_target: True
    input:
        files.page_files(),
        files.figure_files(),
        files.curve_files(),
        files.table_files(),
        files.verdict_files(),
        files.printed(),


rule figures:
    input:
        files.verdict_files(),
        files.page_files(),
        files.figure_files(),


rule curves:
    input:
        files.curve_files(every=True),


rule tables:
    input:
        files.table_files(every=True),


rule verdicts:
    input:
        files.verdict_files(),


rule export:
    input:
        files.figure_files(),
        files.printed(curves=True),


rule samples:
    input:
        files.sample_files(),


rule shared:
    input:
        files.shared_files(),


rule metrics:
    input:
        files.path("metrics.json"),


# Targets that the study names itself: what takes longer than `all` should.
for target in files.targets():

    rule:
        name:
            target
        input:
            files.target_files(target),
        localrule: True
