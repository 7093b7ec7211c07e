//! Clinical analysis.

use medcover_contract_terminology::{Analysis, AnalysisRequest, TerminologyApi as _};
use medcover_http::{ApiResult, InCall, Json};

use super::router::App;

pub(super) async fn clinical_analysis(
    service: App,
    InCall(call): InCall,
    Json(request): Json<AnalysisRequest>,
) -> ApiResult<Json<Analysis>> {
    let analysis = service.clinical_analysis(&call, request).await?;
    Ok(Json(analysis))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::Served;

    const PATH: &str = "/api/v1/enterprise/clinical-analysis";

    async fn analyse(symptoms: Value) -> Value {
        let client = Served::small().client();
        let answer = client.post(PATH, &json!({"symptoms": symptoms})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    #[tokio::test]
    async fn symptoms_lead_to_symptom_codes_and_no_diagnosis_is_claimed() {
        let analysis = analyse(json!(["cough", "fever", "qqqqqq"])).await;
        assert_eq!(analysis["symptoms"][0]["hits"][0]["code"], "R05.9");
        assert_eq!(analysis["candidates"][0]["symptom_code"], true);
        assert_eq!(analysis["metrics"]["unmatched"], json!(["qqqqqq"]));
        let statement = analysis["statement"].as_str().expect("text");
        assert!(statement.contains("not a diagnosis"), "{statement}");
        for candidate in analysis["candidates"].as_array().expect("a list") {
            let shares = candidate["contributions"].as_array().expect("a list");
            let sum: f64 = shares
                .iter()
                .map(|it| it["share"].as_f64().expect("a number"))
                .sum();
            assert!((sum - 1.0).abs() < 1e-5, "{candidate}");
        }
    }

    #[tokio::test]
    async fn the_order_of_symptoms_and_repeats_do_not_change_the_candidates() {
        let of = |analysis: &Value| -> Vec<_> {
            let candidates = analysis["candidates"].as_array().expect("a list");
            candidates
                .iter()
                .map(|it| (it["code"].to_string(), it["score"].to_string()))
                .collect()
        };
        let one = analyse(json!(["cough", "fever", "hyperglycemia"])).await;
        let other = analyse(json!(["Hyperglycemia ", "fever", "cough", "FEVER"])).await;
        assert_eq!(of(&one), of(&other));
        assert_eq!(other["symptoms"].as_array().map(Vec::len), Some(4));
    }

    #[tokio::test]
    async fn a_list_beyond_its_bounds_names_the_field() {
        let client = Served::small().client();
        for (symptoms, pointer) in [
            (json!([]), "/symptoms"),
            (json!(vec!["cough"; 31]), "/symptoms"),
            (json!(["cough", ""]), "/symptoms/1"),
            (json!(["x".repeat(257)]), "/symptoms/0"),
        ] {
            let answer = client.post(PATH, &json!({"symptoms": symptoms})).await;
            assert_eq!(
                (answer.status.as_u16(), answer.pointers()),
                (400, vec![pointer.to_owned()])
            );
        }
    }
}
