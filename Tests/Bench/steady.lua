-- A steady rate: each connection waits DELAY milliseconds, more or less, before it asks again.
local wait = tonumber(os.getenv("DELAY"))

function delay()
    return wait * (0.5 + math.random())
end

function done(summary, latency, requests)
    io.write(string.format("RESULT requests=%d seconds=%.3f p50=%d p90=%d p99=%d p999=%d most=%d errors=%d\n",
        summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(90),
        latency:percentile(99), latency:percentile(99.9), latency.max,
        summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write
            + summary.errors.timeout))
end
