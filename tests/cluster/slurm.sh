#!/usr/bin/env bash
# A real SLURM on this one machine, with a GPU that is none: slurm.sh start FOLDER, slurm.sh stop FOLDER.
# stop-controller and start-controller are for slurmctld alone, as in a cluster's maintenance.
#
# It needs root and Debian's packages slurm-wlm and munge. State and logs lie in FOLDER; the
# configuration in /etc/slurm, where jobs look for it too (the executor hides SLURM_CONF from them),
# until it is stopped: where SLURM is configured and does not answer, every start of Snakemake waits
# ten seconds for it (snakemake-executor-plugin-slurm 2.8.0 asks when it is imported).
# There is no accounting, so that a profile for it asks `squeue` how jobs are.
set -euo pipefail
command="$1"
folder="$(realpath -m "$2")"
configuration=/etc/slurm/slurm.conf

configure() {
  if [ -e "$configuration" ] && ! grep -q '^ClusterName=ttscale$' "$configuration"; then
    echo "$configuration belongs to another cluster; this one is for machines without any" >&2
    exit 1
  fi
  local host cores memory
  host="$(hostname -s)"
  # Twice what there is: small jobs wait for as long as they compute.
  cores="$((2 * $(env -u OMP_NUM_THREADS nproc)))"
  memory="$(($(awk '/MemTotal/ {print $2}' /proc/meminfo) / 1024 - 512))"
  mkdir -p "$folder/ctld" "$folder/d" /etc/slurm
  getent hosts "$host" >/dev/null || echo "127.0.0.1 $host" >>/etc/hosts
  cat >"$configuration" <<EOF
ClusterName=ttscale
SlurmctldHost=$host
SlurmUser=root
AuthType=auth/munge
StateSaveLocation=$folder/ctld
SlurmdSpoolDir=$folder/d
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SlurmdParameters=config_overrides
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
ReturnToService=2
SchedulerType=sched/backfill
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MinJobAge=300
KillWait=2
GresTypes=gpu
NodeName=$host CPUs=$cores RealMemory=$memory Gres=gpu:1 State=UNKNOWN
PartitionName=cpu Nodes=ALL Default=YES MaxTime=INFINITE State=UP
PartitionName=gpu Nodes=ALL MaxTime=INFINITE State=UP
EOF
  echo "NodeName=$host Name=gpu File=/dev/null" >/etc/slurm/gres.conf
}

stop() {
  [ -f "$folder/$1.pid" ] && kill "$(cat "$folder/$1.pid")" || true
}

case "$command" in
  start)
    configure
    mkdir -p /run/munge /var/log/munge
    chown munge: /run/munge /var/log/munge
    pgrep -x munged >/dev/null || runuser -u munge -- /usr/sbin/munged
    slurmctld
    slurmd
    for _ in $(seq 60); do
      if sinfo --noheader --format %t 2>/dev/null | grep -q idle; then exit 0; fi
      sleep 0.5
    done
    tail -n 20 "$folder"/*.log >&2
    exit 1
    ;;
  stop)
    stop slurmd
    stop slurmctld
    if grep -qs '^ClusterName=ttscale$' "$configuration"; then
      rm "$configuration" /etc/slurm/gres.conf
    fi
    ;;
  stop-controller) stop slurmctld ;;
  start-controller) slurmctld ;;
  *)
    sed -n 2,10p "$0" >&2
    exit 2
    ;;
esac
