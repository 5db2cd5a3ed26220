// swift-tools-version: 6.2
import PackageDescription

/// Settings that every Swift target of Gatehouse shares.
///
/// A warning is an error, so that none is ever learned to be overlooked.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    // Lets our own types hand out `Span`s, as the standard library's do.
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    // What belongs to one loop is never accessed twice at once, and looking whether it is took a fifteenth of a request's
    // instructions. Debug builds, and with them all tests, still look.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// In the release build, an object may end right after its last use, not at the end of the scope that names it: a sixth
/// of the references that a request counts up and down goes away. For layers that hold no pointers, which might outlive
/// what they point into.
let shortLifetimes = SwiftSetting.unsafeFlags(
    ["-Xfrontend", "-enable-lexical-lifetimes=false"], .when(configuration: .release))

/// One layer of the gateway: a folder of `Sources`, what it may import, and settings of its own.
func layer(
    _ name: String, _ dependencies: [Target.Dependency] = [], _ more: [SwiftSetting] = [],
    resources: [Resource]? = nil
) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings + more)
}

/// The tests of one layer: a folder of `Tests`.
func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

/// A C library of the system, seen through a module map and a `shim.h`.
func system(_ name: String, pkgConfig: String, package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
// Hummingbird knows a package whose module is called Configuration too; here that name is ours.
let hummingbird = Target.Dependency.product(
    name: "Hummingbird", package: "hummingbird", moduleAliases: ["Configuration": "SwiftConfiguration"])
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "gatehouse",
    products: [
        .executable(name: "gatehouse", targets: ["gatehouse"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.6.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // ConfigurationSupport: without it the alias below would have nothing to stand for.
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1",
            traits: ["ConfigurationSupport"]),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CPieces"),
        system("COpenSSL", pkgConfig: "openssl", package: "libssl-dev"),
        system("CNGHTTP2", pkgConfig: "libnghttp2", package: "libnghttp2-dev"),
        system("CPQ", pkgConfig: "libpq", package: "libpq-dev"),
        system("CCurl", pkgConfig: "libcurl", package: "libcurl4-openssl-dev"),
        system("CArgon2", pkgConfig: "libargon2", package: "libargon2-dev"),

        layer("EventLoop", ["CLinux"]),
        layer("TLS", ["EventLoop", "COpenSSL", "CPieces"]),
        layer("ProxyProtocol", ["EventLoop"]),
        layer("HTTPMessage"),
        layer("HTTP1", ["HTTPMessage"]),
        layer("HTTP2", ["HTTPMessage", "CNGHTTP2", "CPieces"]),
        layer("PostgreSQL", ["EventLoop", "CPQ"]),
        layer("PasswordHashing", ["CArgon2"]),
        layer("Identity"),
        layer("Policy", ["Identity", "HTTPMessage"]),
        layer("Configuration", ["Policy", "Identity", "HTTPMessage", yams]),
        layer("Store", ["PostgreSQL", "Identity"]),
        layer("Assertion", ["Identity", crypto]),
        layer("Accounts", ["Identity", "PasswordHashing", crypto]),
        layer("Mail", ["CCurl", "Identity", logging, mustache], resources: [.embedInCode("Resources")]),
        layer("Telemetry", ["Identity", "HTTPMessage", logging]),
        layer(
            "Proxy",
            [
                "EventLoop", "TLS", "ProxyProtocol", "HTTPMessage", "HTTP1", "HTTP2", "Identity", "Assertion", "Policy",
                "Configuration", "Telemetry", logging,
            ], [shortLifetimes]),
        layer(
            "Portal", ["Accounts", "Identity", hummingbird, httpTypes, mustache, crypto, logging],
            resources: [.embedInCode("Resources")]),
        .executableTarget(
            name: "gatehouse",
            dependencies: [
                "Accounts", "Assertion", "Configuration", "EventLoop", "HTTP1", "HTTPMessage", "Identity", "Mail",
                "PasswordHashing",
                "Policy", "Portal",
                "PostgreSQL", "Proxy", "Store", "TLS", "Telemetry", argumentParser, logging,
            ],
            swiftSettings: settings),

        layer("LayerTesting"),
        layer(
            "GatehouseTesting",
            [
                "Accounts", "Assertion", "Configuration", "EventLoop", "HTTPMessage", "Identity", "LayerTesting",
                "PasswordHashing", "Policy",
                "PostgreSQL", "Store", "TLS",
            ]),

        tests("EventLoopTests", ["EventLoop", "LayerTesting"]),
        tests("TLSTests", ["TLS", "EventLoop", "CLinux", "COpenSSL", "CPieces", "LayerTesting"]),
        tests("ProxyProtocolTests", ["ProxyProtocol", "EventLoop"]),
        tests("HTTPMessageTests", ["HTTPMessage", "LayerTesting"]),
        tests("HTTP1Tests", ["HTTP1", "HTTPMessage", "LayerTesting"]),
        tests("HTTP2Tests", ["HTTP2", "HTTPMessage", "CNGHTTP2", "CPieces", "LayerTesting"]),
        tests("PostgreSQLTests", ["PostgreSQL", "EventLoop", "GatehouseTesting"]),
        tests("PasswordHashingTests", ["PasswordHashing", "LayerTesting"]),
        tests("IdentityTests", ["Identity"]),
        tests("PolicyTests", ["Policy", "Identity", "HTTPMessage", "LayerTesting"]),
        tests("ConfigurationTests", ["Configuration", "Policy", "Identity", "LayerTesting"]),
        tests("StoreTests", ["Store", "PostgreSQL", "Identity", "GatehouseTesting"]),
        tests("AccountsTests", ["Accounts", "Identity", "PasswordHashing", "GatehouseTesting"]),
        tests(
            "MailTests", ["Mail", "Store", "PostgreSQL", "EventLoop", "Identity", "GatehouseTesting", logging]),
        tests("AssertionTests", ["Assertion", "Identity", "GatehouseTesting"]),
        tests("TelemetryTests", ["Telemetry", "Identity", "LayerTesting"]),
        tests(
            "ProxyTests",
            [
                "Proxy", "Accounts", "Configuration", "COpenSSL", "EventLoop", "HTTP2", "HTTPMessage", "Identity",
                "LayerTesting", "PasswordHashing", "Policy", "TLS", "Telemetry", "GatehouseTesting", logging,
            ]),
        tests("PortalTests", ["Portal", "Accounts", "Identity", "PasswordHashing", "GatehouseTesting", logging]),
        tests("ArchitectureTests", []),
        tests("GatehouseTests", ["gatehouse", "GatehouseTesting"]),
    ],
    swiftLanguageModes: [.v6]
)
