# What all rules share: the checked study and the constraints on its names.
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.settings.types import DeploymentMethod

from scripts.lib.code import code_of
from scripts.lib.config.benchmarks import GeneratedBenchmark, SourceBenchmark
from scripts.lib.config.pools import RecordedPool
from scripts.lib.config.verifiers import ImportedLabels, RolloutLabels
from scripts.lib.errors import UserError
from scripts.lib.page.assets import assets
from scripts.lib.site import load_site
from scripts.lib.slurm_status import ask_steadily
from scripts.lib.warm import start as warm
from scripts.lib.workflow import StudyFiles, one_of
from scripts.lib.workflow_models import MODEL_FILES
from scripts.lib.workflow_process import (
    IMAGE,
    check_image,
    hold_folder,
    stay_offline,
    use_this_python,
)
from scripts.lib.workflow_search import VERIFIER_FILES
from scripts.lib.workflow_sizes import JobSizes
from scripts.lib.workflow_sources import SourceFiles

use_this_python()
if workflow.remote_exec:
    stay_offline()
# Jobs in a container or a conda environment have a Python of their own.
deployed = workflow.deployment_settings.deployment_method
started_warm = warm.wanted() and not deployed
if started_warm:
    shell.prefix(warm.FUNCTION)


# Of all rules, but only with `--sdm apptainer`.
container: IMAGE


try:
    if DeploymentMethod.APPTAINER in deployed:
        check_image()
    files = StudyFiles(config, [str(path) for path in workflow.configfiles])
    sizes = JobSizes(files, load_site())
    if workflow.is_main_process:
        files.check_claims()
except UserError as error:
    raise WorkflowError(str(error)) from None

if files.left_out and workflow.is_main_process:
    logger.info(
        f"Left out, as it rests on what is not published: {', '.join(files.left_out)}"
    )
if workflow.is_main_process and files.missing_note():
    logger.warning(files.missing_note())


# What people read, as `snakemake --report` shows it; captions of figures are those of the study.
CURVE = report(
    "results/{study}/curves/{curve}.csv",
    caption="../report/curve.rst",
    category="Curves",
    subcategory=files.report_method,
    labels=files.report_curve,
)
TABLE = report(
    "results/{study}/tables/{table}.csv",
    caption="../report/table.rst",
    category="Tables",
    labels=files.report_table,
)


wildcard_constraints:
    study=one_of([files.study.study]),
    benchmark=one_of(files.study.benchmarks),
    model=one_of(files.study.models),
    selection=one_of(files.study.selections),
    pool=one_of(files.study.pools),
    shard=one_of(files.shard_names()),
    curve=one_of(files.study.curves),
    figure=one_of(files.study.figures),
    table=one_of(files.study.tables),
    labels=one_of(files.study.labels),
    bins=one_of(files.study.bins),
    anatomy=one_of(files.study.anatomies),


onstart:
    try:
        if workflow.is_main_process:
            hold_folder()
            ask_steadily()
            if started_warm:
                warm.start_server()
    except UserError as error:
        raise WorkflowError(str(error)) from None
