#!/bin/sh
# Checks a GPU: the same windows go through the same graphs on the CPU and on CUDA, and the same experts through GPTQ; tables of errors
# and times are printed, and the most memory of the GPU that was in use.
# Exit 0 when they agree, 1 when they do not or when the GPU cannot be used (the reason is printed).
#
# The machine needs a driver and CUDA 13's libraries (libcudart, libcublas, libcublasLt, libcurand); no SDK, no network, no repository.
# Make the published output where there is an SDK, then copy it together with this file:
#
#     dotnet publish tests/ModelPack.Benchmarks -c Release -r linux-x64 --self-contained -p:OrtFeed=gpu -o gpu-check/bin
#     cp tests/gpu/run.sh gpu-check/ && tar -cf gpu-check.tar gpu-check
#
# On the machine: tar -xf gpu-check.tar && sh gpu-check/run.sh [FOLDER] [options]
#   FOLDER     the published output; "bin" beside this script if left out
#   --large    also models of real width (a few minutes, most of it on the CPU), and the solver on a layer of 128 experts with 262144
#              tokens and on a sixteenth of a layer of DeepSeek-V3: needs 24 GB of the GPU and 32 GB of memory
#   --device cuda:1, --windows 8, --length 512, --model FOLDER (a checkpoint from the hub)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin="$here/bin"
if [ $# -gt 0 ] && [ "${1#--}" = "$1" ]; then
    bin=$1
    shift
fi
program="$bin/ModelPack.Benchmarks"
if [ ! -f "$program" ]; then
    echo "$program is missing: see the top of $0" >&2
    exit 2
fi
chmod +x "$program"
if command -v nvidia-smi > /dev/null 2>&1; then
    nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader || true
fi
for folder in /usr/local/cuda/lib64 /usr/local/cuda/targets/x86_64-linux/lib; do
    [ ! -d "$folder" ] || LD_LIBRARY_PATH="$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
done
[ -z "${LD_LIBRARY_PATH:-}" ] || export LD_LIBRARY_PATH
if ! command -v nvidia-smi > /dev/null 2>&1; then
    exec "$program" gpu "$@"
fi
used=$(mktemp)
nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits --loop-ms=200 > "$used" 2> /dev/null &
sampler=$!
code=0
"$program" gpu "$@" || code=$?
kill "$sampler" 2> /dev/null || true
echo "most memory of a GPU in use: $(sort -n "$used" | tail -n 1) MiB"
rm -f "$used"
exit "$code"
