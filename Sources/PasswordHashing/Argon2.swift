internal import CArgon2

/// Argon2id by libargon2 (RFC 9106), on the calling thread, in memory that the thread keeps.
///
/// Neither function is inlined elsewhere: each object file that calls the shim has a variable for the block of its own.
enum Argon2 {
    /// Gives the calling thread's memory back. It gets it anew with the next hash.
    @inline(never)
    static func releaseMemory() { gatehouse_block_release() }

    /// The tag of `count` bytes for this password and salt.
    ///
    /// - Throws: `failed` with the library's code, above all when there is no memory.
    @inline(never)
    static func derive(
        _ password: SecretBytes, salt: [UInt8], parameters: Argon2Parameters, count: Int
    ) throws(PasswordHashingError) -> [UInt8] {
        var salt = salt
        var code = ARGON2_OK.rawValue
        let tag = unsafe [UInt8](unsafeUninitializedCapacity: count) { tag, initialized in
            unsafe salt.withUnsafeMutableBufferPointer { salt in
                unsafe password.withBytes { password in
                    var context = unsafe argon2_context()
                    unsafe context.out = tag.baseAddress
                    unsafe context.outlen = UInt32(count)
                    unsafe context.pwd = password.baseAddress
                    unsafe context.pwdlen = UInt32(password.count)
                    unsafe context.salt = salt.baseAddress
                    unsafe context.saltlen = UInt32(salt.count)
                    unsafe context.t_cost = parameters.passes
                    unsafe context.m_cost = parameters.memoryKiB
                    unsafe context.lanes = parameters.lanes
                    unsafe context.threads = 1
                    unsafe context.version = UInt32(ARGON2_VERSION_13.rawValue)
                    unsafe context.allocate_cbk = gatehouse_block_borrow
                    unsafe context.free_cbk = gatehouse_block_return
                    unsafe code = argon2id_ctx(&context)
                }
            }
            initialized = code == ARGON2_OK.rawValue ? count : 0
        }
        guard code == ARGON2_OK.rawValue else { throw .failed(code: code) }
        return tag
    }

    /// Whether two tags are equal, in a time that depends on their length alone.
    static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= (left[index] ^ right[index]) }
        return difference == 0
    }
}
