# What `samples: pulled` takes from elsewhere.
#
# needs: `make pull`
# makes: nothing: its only rule stands where no other makes a file; what it lacks is how to get it


rule pulled:
    input:
        files.how_to_get,
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
