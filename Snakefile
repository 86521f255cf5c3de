from snakemake.utils import min_version

min_version("9.27")

# The default study, unless one is named on the command line or by a profile: two never mix.
if not workflow.overwrite_configfiles:

    configfile: "config/tiny.yaml"


include: "rules/common.smk"
include: "rules/data.smk"
include: "rules/curate.smk"
include: "rules/train.smk"
include: "rules/sample.smk"
include: "rules/search.smk"
include: "rules/analyse.smk"
include: "rules/tables.smk"
include: "rules/figures.smk"


localrules:
    all,
    figures,
    curves,
    tables,
    samples,


rule all:
    default_target: True
    input:
        files.figure_files(),
        files.curve_files(),
        files.table_files(),


rule figures:
    input:
        files.figure_files(),


rule curves:
    input:
        files.curve_files(),


rule tables:
    input:
        files.table_files(),


rule samples:
    input:
        files.sample_files(),


# Targets that the study names itself: what takes longer than `all` should.
for target in files.targets():

    rule:
        name:
            target
        input:
            files.target_files(target),
        localrule: True
