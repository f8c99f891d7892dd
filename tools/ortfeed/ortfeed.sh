#!/bin/sh
# Builds a NuGet folder feed with ONNX Runtime 1.29.0 and ONNX Runtime GenAI 0.15.2 for linux-x64, under the gallery's ids, out of what
# npm distributes, for machines whose NuGet source does not have them.
#
#   ortfeed.sh FEED cpu|gpu        FEED: folder to make; it appears complete or not at all
#
# Runs by itself from OrtFeed.targets. Takes 250 MB of downloads (gpu: 541 MB) and about a minute; the feed has 22 MB (gpu: 199 MB).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
feed=$1 kind=${2:-cpu}
ort=1.29.0 genai=0.15.2

fail() { echo "ortfeed: $*" >&2; exit 1; }
case $kind in cpu | gpu) ;; *) fail "kind '$kind': expected cpu or gpu" ;; esac
[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || fail "npm has these libraries packed for linux-x64 only; elsewhere a NuGet source must have them"
for need in npm node tar dotnet; do command -v $need >/dev/null || fail "$need is missing (npm comes with Node.js)"; done

# One builder at a time where flock exists; without it the last one to finish finds the feed there and throws its own away.
mkdir -p "$(dirname "$feed")"
if command -v flock >/dev/null; then
  exec 9>"$feed.lock"
  flock -w 600 9 || fail "another build has been making $feed for ten minutes"
fi
[ ! -e "$feed" ] || exit 0
work=$(mktemp -d "$feed.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$work/feed"

# take PACKAGE@VERSION SHA512 FOLDER PATH...: unpacks some paths of an npm package whose bytes are the ones known here.
take() {
  package=$1 sum=$2 folder=$3; shift 3
  mkdir "$work/download" "$work/$folder"
  (cd "$work/download" && npm pack --silent --prefer-offline --fetch-retries=2 "$package" >/dev/null) ||
    fail "npm could not fetch $package (is there a network, or npm's cache?)"
  node -e 'const c = require("crypto"), f = require("fs"), h = c.createHash("sha512");
    f.createReadStream(process.argv[1]).on("data", d => h.update(d)).on("end", () => process.exit(h.digest("base64") === process.argv[2] ? 0 : 1))' \
    "$work"/download/*.tgz "$sum" || fail "$package is not the file that this script was written for (sha512)"
  tar xzf "$work"/download/*.tgz -C "$work/$folder" --strip-components=1 "$@"
  rm -rf "$work/download"
}
take com.github.asus4.onnxruntime@0.4.9 \
  BkzxduSZ9IkeDP6Q8lz2TFU2ie7hSSvS7ZIfzMooExoq0CNzJnuuGaUJ7IsojBgqO4ouD1jXah8OYyJbCN29Fg== ort package/Runtime package/Plugins/Linux/x64
take com.github.asus4.onnxruntime-genai@0.4.9 \
  DkSWLL7iFOGyQe1kLIBpXwy1kKfj5J8/lh62lgVRzYi4/psWQW7NroRw4PIPyFfai/G03Zv9MP/cSv8mjBezcA== genai package/Runtime package/Plugins/Linux/x64
mkdir "$work/ort-native" "$work/genai-native"
cp "$work/genai/Plugins/Linux/x64/libonnxruntime-genai.so" "$work/genai-native"
if [ "$kind" = cpu ]; then
  cp "$work/ort/Plugins/Linux/x64/libonnxruntime.so" "$work/ort-native"
else
  # The CPU library cannot host the CUDA provider; the one for Node can.
  take onnxruntime-node@1.29.0 \
    WjiVVB72riILz8HbYvxvmjKyE/WmkYoSfKY++axo5jAR609HQg8MwiG/HhShpTcJfmmAdzxxmB+MMST3A+SiPA== node package/bin/napi-v6/linux/x64
  take com.github.asus4.onnxruntime.linux-x64-gpu@0.4.9 \
    FopIhNE/Ng+v2X65wVc9clPCBCvhvA53Hxo2U0Kf5fGdVsC7iCA+mZ0KLWggcQAj7TIZ6pNidR4AC10g74Xo6w== gpu package/Plugins/Linux/x64
  cp "$work/node/bin/napi-v6/linux/x64/libonnxruntime.so.1" "$work/ort-native/libonnxruntime.so"
  cp "$work/gpu/Plugins/Linux/x64/libonnxruntime_providers_shared.so" "$work/gpu/Plugins/Linux/x64/libonnxruntime_providers_cuda.so" "$work/ort-native"
fi

quiet() { "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "failed: $*"; }; }
managed() { # managed NAME VERSION SOURCES
  quiet dotnet pack "$here/managed.csproj" -nologo -v quiet -c Release -o "$work/feed" \
    -p:AssemblyName="$1" -p:Version="$2" -p:Sources="$3" -p:Work="$work/$1/"
}
native() { # native ID VERSION FOLDER DEPENDENCY-ID VERSION...
  id=$1 version=$2 folder=$3; shift 3
  mkdir "$work/$id"
  {
    echo "<package><metadata><id>$id</id><version>$version</version><authors>Microsoft</authors><license type=\"expression\">MIT</license>"
    echo "<description>Packed on this machine from npm's package; not Microsoft's package.</description>"
    echo '<dependencies><group targetFramework="net8.0">'
    while [ $# -gt 0 ]; do echo "<dependency id=\"$1\" version=\"$2\" />"; shift 2; done
    echo '</group></dependencies></metadata><files>'
    [ -z "$folder" ] || echo "<file src=\"${folder#/}/*.so\" target=\"runtimes/linux-x64/native\" />"
    echo '</files></package>'
  } >"$work/$id/$id.nuspec"
  quiet dotnet pack "$here/nuspec.csproj" -nologo -v quiet -o "$work/feed" \
    -p:NuspecFile="$work/$id/$id.nuspec" -p:NuspecBasePath=/ -p:Work="$work/$id/"
}
managed Microsoft.ML.OnnxRuntime $ort "$work/ort/Runtime"
managed Microsoft.ML.OnnxRuntimeGenAI $genai "$work/genai/Runtime"
native Microsoft.ML.OnnxRuntime.Gpu.Linux $ort "$work/ort-native" Microsoft.ML.OnnxRuntime.Managed $ort
native Microsoft.ML.OnnxRuntime.Gpu $ort "" Microsoft.ML.OnnxRuntime.Gpu.Linux $ort Microsoft.ML.OnnxRuntime.Managed $ort
native Microsoft.ML.OnnxRuntimeGenAI.Cuda $genai "$work/genai-native" \
  Microsoft.ML.OnnxRuntimeGenAI.Managed $genai Microsoft.ML.OnnxRuntime.Gpu $ort
[ -e "$feed" ] || mv "$work/feed" "$feed"
