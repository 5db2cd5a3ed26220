/// The registrations of a loop, found by number without a search.
struct RegistrationTable {
    private struct Slot {
        var generation: UInt32
        var registration: Registration?

        /// The same, for a look at it that counts no references.
        var uncounted: Unmanaged<Registration>? { unsafe registration.map { unsafe .passUnretained($0) } }
    }

    private var slots: [Slot] = []
    private var free: [Int] = []

    /// How many descriptors are registered.
    var count: Int { slots.count - free.count }

    /// A number that was never used before, for a registration that `make` makes.
    mutating func insert(_ make: (RegistrationNumber) -> Registration) -> Registration {
        if let slot = free.popLast() {
            slots[slot].generation &+= 1
            let registration = make(RegistrationNumber(slot: slot, generation: slots[slot].generation))
            slots[slot].registration = registration
            return registration
        }
        let registration = make(RegistrationNumber(slot: slots.count, generation: 0))
        slots.append(Slot(generation: 0, registration: registration))
        return registration
    }

    /// The registration of that number, unless it is gone.
    subscript(number: RegistrationNumber) -> Registration? {
        let slot = number.slot
        guard slot < slots.count, slots[slot].generation == number.generation else { return nil }
        return slots[slot].registration
    }

    /// Which registration is there, without touching it; nil when none is.
    func object(_ number: RegistrationNumber) -> ObjectIdentifier? {
        unsafe uncounted(number)?._withUnsafeGuaranteedRef { ObjectIdentifier($0) }
    }

    /// Who waits there to read in place of a task, without touching them.
    func observer(_ number: RegistrationNumber) -> ObjectIdentifier? {
        unsafe uncounted(number)?._withUnsafeGuaranteedRef { $0.observerObject }
    }

    private func uncounted(_ number: RegistrationNumber) -> Unmanaged<Registration>? {
        number.slot < slots.count ? unsafe slots[number.slot].uncounted : nil
    }

    /// Forgets a registration; its number names nothing from now on.
    mutating func remove(_ number: RegistrationNumber) -> Registration? {
        guard let registration = self[number] else { return nil }
        slots[number.slot].registration = nil
        free.append(number.slot)
        return registration
    }

    /// All registrations there are.
    var all: [Registration] { slots.compactMap(\.registration) }

    /// Forgets all of them.
    mutating func removeAll() { self = RegistrationTable() }
}
