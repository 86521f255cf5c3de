# What `samples: pulled` takes from elsewhere.
#
# needs: `make pull`
# makes: nothing: its only rule stands where no other makes a file, and says how to get it


rule pulled:
    input:
        files.not_here,
    output:
        "results/{study}/{file}",
    log:
        "results/{study}/logs/pulled/{file}.log",
    wildcard_constraints:
        file=files.pulled_files(),
    conda:
        "../envs/ttscale.yaml"
    shell:
        "false {input:q} > {log:q}"
