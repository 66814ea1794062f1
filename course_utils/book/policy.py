"""The Content-Security-Policy of every page, and of the bare pages on which demos are tested and pictured."""

# Everything comes from the site itself. Inline scripts and styles are the theme's own and KaTeX's; TensorFlow.js
# compiles WebAssembly; demos build modules and workers from blobs and draw to data addresses.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "worker-src 'self' blob:",
        "connect-src 'self' blob: data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
