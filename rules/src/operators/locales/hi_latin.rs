//! What invented people are made of: Hindi and other Indian, in Latin letters.
//!
//! Telephone numbers begin with 0, which the numbering plan never assigns.

use super::Locale;

pub(super) static LOCALE: Locale = Locale {
    code: "hi-latin",
    first: "Aarav|Aarti|Abhishek|Aditi|Aditya|Ajay|Akash|Akhil|Alok|Aman|Amit|Amrita|Ananya|Anil|Anita|\
        Anjali|Ankit|Ankita|Anu|Anuj|Aparna|Archana|Arjun|Arnav|Arun|Asha|Ashok|Avinash|Ayesha|\
        Bharat|Bhavna|Chandan|Chitra|Deepa|Deepak|Deepika|Dev|Dhruv|Dinesh|Divya|Esha|Farhan|Gaurav|\
        Gayatri|Geeta|Girish|Gopal|Harish|Harsh|Hema|Hemant|Imran|Isha|Ishaan|Jaya|Jyoti|Kabir|\
        Kajal|Kalpana|Kamal|Karan|Karthik|Kavita|Kavya|Kiran|Komal|Krishna|Kunal|Lakshmi|Lalit|Lata|\
        Madhav|Madhu|Mahesh|Malini|Manish|Manju|Manoj|Maya|Meena|Meera|Megha|Mihir|Mohan|Mohit|\
        Mukesh|Nandini|Naveen|Neel|Neeraj|Neha|Nidhi|Nikhil|Nisha|Nitin|Pallavi|Pankaj|Parul|Pooja|\
        Prakash|Pranav|Prashant|Preeti|Priya|Priyanka|Rahul|Raj|Rajesh|Rakesh|Ramesh|Rani|Ravi|\
        Rekha|Renu|Riya|Rohan|Rohit|Sachin|Sahil|Sanjana|Sanjay|Santosh|Sapna|Sarita|Seema|Shalini|\
        Shankar|Sharad|Shikha|Shilpa|Shivam|Shreya|Shruti|Shweta|Simran|Sneha|Sonal|Sonia|Suman|\
        Sumit|Sunil|Sunita|Suresh|Swati|Tanvi|Tara|Tarun|Uday|Uma|Usha|Vandana|Varun|Vidya|Vijay|\
        Vikas|Vikram|Vimal|Vinay|Vinod|Vishal|Vivek|Yash",
    last: "Agarwal|Ahuja|Anand|Arora|Bajaj|Banerjee|Bansal|Basu|Batra|Bedi|Bhalla|Bhandari|Bhardwaj|\
        Bhasin|Bhat|Bhatia|Bhatt|Bose|Chadha|Chakraborty|Chandra|Chaudhary|Chauhan|Chawla|Chopra|\
        Das|Dave|Desai|Deshmukh|Deshpande|Dhillon|Dixit|Dubey|Dutta|Gandhi|Ganguly|Garg|Ghosh|Gill|\
        Goel|Gokhale|Gowda|Goyal|Grover|Gulati|Gupta|Iyengar|Iyer|Jain|Jha|Joshi|Kale|Kamath|Kapoor|\
        Kaul|Kaur|Khan|Khanna|Khurana|Kohli|Krishnan|Kulkarni|Kumar|Lal|Madan|Malhotra|Malik|Mathur|\
        Mehra|Mehta|Menon|Mishra|Mitra|Modi|Mukherjee|Murthy|Nadar|Nagar|Naidu|Nair|Nanda|Narang|\
        Narayan|Natarajan|Nayak|Oberoi|Ojha|Pande|Pandey|Parekh|Parikh|Patel|Pathak|Patil|Pillai|\
        Prasad|Puri|Rai|Raina|Rajan|Raman|Rana|Rao|Rastogi|Rathore|Ravindran|Reddy|Roy|Sachdeva|\
        Saha|Sahni|Saini|Saxena|Sehgal|Sen|Seth|Sethi|Shah|Sharma|Shenoy|Shetty|Shukla|Sinha|Soni|\
        Sood|Srinivasan|Srivastava|Subramanian|Swamy|Talwar|Tandon|Thakur|Tiwari|Trivedi|Upadhyay|\
        Vaidya|Varma|Venkatesan|Verma|Vohra|Vyas|Wadhwa|Yadav",
    cities: "Amarpur|Anandgarh|Ashapur|Chandanagar|Devipura|Dharmapuri Nagar|Ganeshpur|Gulabnagar|\
        Hariganj|Indrapuri|Kamalgarh|Kashipur|Krishnapuram|Lakshmipur|Madhuban|Nandgaon|\
        Neelkanth Nagar|Prempur|Ramgarh|Sitapuri|Sundarnagar|Suryapet Nagar|Udaynagar|Vijaynagar",
    streets: "MG Road|Nehru Road|Gandhi Marg|Station Road|Temple Street|Park Street|Lake Road|Market Road|\
        Church Road|Ring Road|Link Road|Hill Road|Tilak Marg|Patel Nagar|Rajendra Nagar|\
        Shastri Marg|Subhash Marg|Ashok Marg|Gulmohar Lane|Neem Lane|Lotus Lane|Palm Avenue",
    number_first: true,
    companies: "Pvt Ltd|Ltd|and Sons|Enterprises|Traders|Industries|Technologies Pvt Ltd",
    postcode: "######",
    phones: "+91 00000 #####",
};
