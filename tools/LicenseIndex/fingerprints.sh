#!/usr/bin/env bash
# Makes every fingerprint anew, after a change to the normalizer or the hashes. The texts are others' and not in this repository:
#   tools/LicenseIndex/fingerprints.sh FOLDER-OF-TEXTS
# Two texts that were not at hand are derived from their neighbours by their one differing name.
set -euo pipefail
texts=$(realpath "$1"); work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$(dirname "$0")/../.."
out=src/Licensing/Data/licenses
dotnet build tools/LicenseIndex -c Release -v quiet
tool=artifacts/bin/ModelPack.LicenseIndex/release/ModelPack.LicenseIndex.dll
rm -f "$out"/*.fingerprint

print() { # print TEXT ID PHRASE...
  local text=$1 id=$2 phrases=(); shift 2
  for phrase in "$@"; do phrases+=(--phrase "$phrase"); done
  dotnet "$tool" fingerprint "$text" --id "$id" "${phrases[@]}" -o "$out/$id.fingerprint"
}

print $texts/gpt-oss-usage-policy.txt LicenseRef-gpt-oss-usage-policy "openai"
print $texts/chatglm-6b-model.txt LicenseRef-ChatGLM-6B "chatglm 6b"
print $texts/chatglm3-model.txt LicenseRef-ChatGLM3 "chatglm3 6b"
print $texts/cogvideox.txt LicenseRef-CogVideoX "the cogvideox license"
print $texts/kimi-k2.txt LicenseRef-Modified-MIT-Kimi-K2 "kimi k2"
sed 's/Kimi K2"/Kimi K2.5"/' $texts/kimi-k2.txt > $work/k25.txt
print $work/k25.txt LicenseRef-Modified-MIT-Kimi-K2.5 "kimi k2.5"
print $texts/minimax-m2.txt LicenseRef-Modified-MIT-MiniMax-M2 "minimax m2"
print $texts/minimax-m2.1.txt LicenseRef-Modified-MIT-MiniMax-M2.1 "minimax m2.1"
sed 's/M2\.1/M2.5/' $texts/minimax-m2.1.txt > $work/m25c.txt
print $work/m25c.txt LicenseRef-Modified-MIT-MiniMax-M2.5 "minimax m2.5"
print $texts/minimax-m2.5-model.txt LicenseRef-MiniMax-Model-M2.5 "minimax m2.5"
print $texts/minimax-m2.7.txt LicenseRef-MiniMax-M2.7-NC "minimax m2.7"
print $texts/minimax-01-model.txt LicenseRef-MiniMax-Model-01 "15 january 2025"
print $texts/deepseek-v3-model.txt LicenseRef-DeepSeek-1.0 "deepseek license agreement"
print $texts/llama2.txt LicenseRef-Llama-2 "llama 2 community license agreement"
print $texts/llama3.txt LicenseRef-Llama-3 "meta llama 3 community license"
for v in 3.1 3.2 3.3 4; do print $texts/llama$v.txt LicenseRef-Llama-$v "llama $v community license agreement"; print $texts/llama$v-aup.txt LicenseRef-Llama-$v-AUP "llama $v"; done
print $texts/llama2-aup.txt LicenseRef-Llama-2-AUP "llama 2"
print $texts/llama3-aup.txt LicenseRef-Llama-3-AUP "llama 3"
print $texts/qwen-tongyi.txt LicenseRef-Tongyi-Qianwen "tongyi qianwen license agreement"
print $texts/qwen-tongyi-research.txt LicenseRef-Tongyi-Qianwen-Research "tongyi qianwen research license agreement"
print $texts/hunyuan-large.txt LicenseRef-Tencent-Hunyuan-Large "hunyuan large"
print $texts/hunyuan-a13b.txt LicenseRef-Tencent-Hunyuan-A13B "hunyuan a13b"
print $texts/hunyuan-video.txt LicenseRef-Tencent-HunyuanVideo "hunyuanvideo"
print $texts/sdxl-1.0.txt LicenseRef-OpenRAIL++-M "dated july 26 2023"
print $texts/svd.txt LicenseRef-Stability-NC-Community "stable video diffusion"
print $texts/creativeml-openrail-m.txt LicenseRef-CreativeML-OpenRAIL-M "dated august 22 2022"
print $texts/flux1-dev-nc.txt LicenseRef-FLUX.1-dev-NC "flux 1 dev"
print $texts/dbrx.txt LicenseRef-Databricks-Open-Model "dbrx"
print $texts/exaone-3.5.txt LicenseRef-EXAONE-1.1-NC "exaone"
print $texts/opt-175b.txt LicenseRef-OPT-175B "opt 175b"
print $texts/sam3.txt LicenseRef-SAM "sam materials"
print $texts/dinov3.txt LicenseRef-DINOv3 "dino materials"
print $texts/openmdw-1.1.txt OpenMDW-1.1 "version 1.1"
print $texts/sc.bigcode-open-rail-m-v1.txt LicenseRef-scancode-bigcode-open-rail-m-v1 "bigcode"
print $texts/sc.bigscience-open-rail-m.txt LicenseRef-scancode-bigscience-open-rail-m "bigscience"
print $texts/sc.falcon-2-11b-1.0.txt LicenseRef-Falcon-2-11B "falcon 2 11b"
print $texts/sc.gemma-pup-2024-02-21.txt LicenseRef-scancode-gemma-pup-2024-02-21 "gemma prohibited use policy"
print $texts/sc.gemma-tou-2024-04-01.txt LicenseRef-Gemma-2024-04-01 "april 1 2024"
print $texts/sc.gemma-tou-2025-03-24.txt LicenseRef-Gemma-2025-03-24 "march 24 2025"
print $texts/sc.hyperclova-x-seed-2025.txt LicenseRef-scancode-hyperclova-x-seed-2025 "hyperclova x seed"
print $texts/sc.ltxv-owl-2025-05-05.txt LicenseRef-scancode-ltxv-owl-2025-05-05 "ltxv open weights license"
print $texts/sc.nvidia-open-model-2025-04-28.txt LicenseRef-NVIDIA-Open-Model "nvidia open model license"
print $texts/sc.qwen-2024.txt LicenseRef-Qwen "qwen license agreement"
print $texts/sc.stability-ai-community-2024.txt LicenseRef-Stability-Community "stability ai community license agreement"
print $texts/yi-1.0.txt LicenseRef-Yi-1.0 "yi series models license agreement" "version 1.0"
print $texts/yi-2.1.txt LicenseRef-Yi-2.1 "version 2.1"
