//! The requests and limits of a whole pod: containers together, init containers by the largest, side cars beside both,
//! overhead, and what is said for the pod as a whole (KEP-753, KEP-2837).

use serde_json::Value;

use super::{Amounts, add, read};

/// What the pod requests.
pub fn requests(pod: &Value) -> Amounts {
    total(pod, "requests")
}

/// What the pod is limited to.
pub fn limits(pod: &Value) -> Amounts {
    total(pod, "limits")
}

fn total(pod: &Value, list: &str) -> Amounts {
    let spec = &pod["spec"];
    let mut total = Amounts::new();
    for container in spec["containers"].as_array().into_iter().flatten() {
        add(&mut total, &read(&container["resources"][list]));
    }
    // An init container runs beside the side cars that were started before it.
    let (mut side_cars, mut largest) = (Amounts::new(), Amounts::new());
    for container in spec["initContainers"].as_array().into_iter().flatten() {
        let own = read(&container["resources"][list]);
        if container["restartPolicy"] == "Always" {
            add(&mut total, &own);
            add(&mut side_cars, &own);
            raise(&mut largest, &side_cars);
        } else {
            let mut beside = side_cars.clone();
            add(&mut beside, &own);
            raise(&mut largest, &beside);
        }
    }
    raise(&mut total, &largest);
    for (name, amount) in read(&spec["resources"][list]) {
        if matches!(name.as_str(), "cpu" | "memory") || name.starts_with("hugepages-") {
            total.insert(name, amount);
        }
    }
    for (name, amount) in read(&spec["overhead"]) {
        // Overhead is added to a limit only where there is one.
        let limited = total.get(&name).is_some_and(|own| !own.is_zero());
        if list == "requests" || limited {
            add(&mut total, &Amounts::from([(name, amount)]));
        }
    }
    total
}

fn raise(total: &mut Amounts, other: &Amounts) {
    for (name, amount) in other {
        let own = total.entry(name.clone()).or_insert(*amount);
        *own = (*own).max(*amount);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::quota::show;

    fn cpu(amount: &str) -> Value {
        json!({"requests": {"cpu": amount}, "limits": {"cpu": amount}})
    }

    #[test]
    fn init_containers_count_by_the_largest_and_side_cars_stay() {
        let pod = json!({"spec": {
            "containers": [{"resources": cpu("1")}, {"resources": cpu("500m")}],
            "initContainers": [
                {"resources": cpu("3")},
                {"resources": cpu("200m"), "restartPolicy": "Always"},
                {"resources": cpu("2900m")},
            ],
            "overhead": {"cpu": "100m", "memory": "1Mi"},
        }});
        assert_eq!(show(&requests(&pod)), "cpu=3200m,memory=1Mi");
        assert_eq!(show(&limits(&pod)), "cpu=3200m");
    }

    #[test]
    fn what_is_said_for_the_pod_wins() {
        let pod = json!({"spec": {"containers": [{"resources": cpu("1")}],
            "resources": {"requests": {"cpu": "2"}}}});
        assert_eq!(show(&requests(&pod)), "cpu=2");
    }
}
