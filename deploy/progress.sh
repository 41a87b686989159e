# shellcheck shell=bash
# Steps a person can follow: "step n of m", seconds, and on failure the end of the log and a remedy. Sourced, not run.

steps_total=${steps_total:-1}
step_number=0
log_folder=${log_folder:-build/log}

if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; then
    live=yes clear_line=$'\r\033[K' bold=$'\033[1m' faint=$'\033[2m' red=$'\033[31m' green=$'\033[32m' plain=$'\033[0m'
    [ -z "${NO_COLOR:-}" ] || { bold="" faint="" red="" green="" plain=""; }
else
    live="" clear_line="" bold="" faint="" red="" green="" plain=""
fi

# step TITLE CHECK WORK: nothing to do if the function CHECK succeeds, else run WORK with its output in a log file.
# WORK may write a remedy for the person to ${log}.remedy before it fails.
step() {
    local title=$1 check=$2 work=$3 log status began_s=$SECONDS
    step_number=$((step_number + 1))
    local label="step $step_number of $steps_total: $title"
    if "$check"; then
        printf '%s%s  %sready%s\n' "$bold" "$label" "$faint" "$plain"
        return 0
    fi
    log="$log_folder/$step_number-$work.log"
    rm -f "$log.remedy"
    printf '%s%s%s  %s(log: %s)%s\n' "$bold" "$label" "$plain" "$faint" "${log#"$PWD"/}" "$plain"
    # A subshell with errexit (which is off inside any condition, so the status is fetched by wait), as a process group of
    # its own: who interrupts the set-up ends compilers and downloads as well.
    set -m
    (set -euo pipefail; "$work") >"$log" 2>&1 </dev/null &
    local job=$!
    set +m
    trap 'kill -TERM -- "-$job" 2>/dev/null; exit 130' INT TERM
    watch_job "$job" "$log" "$began_s"
    status=0
    wait "$job" || status=$?
    trap - INT TERM
    printf '%s' "$clear_line"
    if [ "$status" -ne 0 ]; then
        give_up "$label" "$log" "$status"
    fi
    printf '    %sdone%s in %d s\n' "$green" "$plain" $((SECONDS - began_s))
}

# Show that a job is alive: a moving line on a terminal, a line every half minute elsewhere.
watch_job() {
    local job=$1 log=$2 began_s=$3 elapsed_s said_s=0 last
    while kill -0 "$job" 2>/dev/null; do
        elapsed_s=$((SECONDS - began_s))
        if [ -n "$live" ]; then
            last=$(tail -n 1 "$log" 2>/dev/null | tr -d '\r\033' | cut -c -70)
            printf '%s    %4d s  %s%s%s' "$clear_line" "$elapsed_s" "$faint" "$last" "$plain"
        elif [ $((elapsed_s - said_s)) -ge 30 ]; then
            said_s=$elapsed_s
            printf '    %4d s ...\n' "$elapsed_s"
        fi
        sleep 0.2
    done
}

give_up() {
    local label=$1 log=$2 status=$3
    {
        printf '\n%s%s  failed (status %d). The end of %s:%s\n' "$red" "$label" "$status" "${log#"$PWD"/}" "$plain"
        tail -n 15 "$log" | sed 's/^/    | /'
        printf '\n%sWhat to do%s\n' "$bold" "$plain"
        if [ -s "$log.remedy" ]; then
            sed 's/^/    /' "$log.remedy"
        else
            printf '    Read the log above, mend what it names, and run the same command again: finished steps are kept.\n'
        fi
    } >&2
    exit 1
}

# For use inside a step's work: leave a remedy, in the user's words, and fail.
fail_with_remedy() {
    printf '%s\n' "$@" >"$log.remedy"
    printf '%s\n' "$1"
    exit 1
}

# The remedy that is shown should the rest of this step fail.
on_failure() {
    printf '%s\n' "$@" >"$log.remedy"
}
